/**
 * A device of software inside one process: writes that are really one-sided, completion queues, states of queue pairs, and
 * errors on demand. What the lanes cannot tell from a card, tests and simulations need no card for.
 */
package dev.baton.transport.rdma.soft;
