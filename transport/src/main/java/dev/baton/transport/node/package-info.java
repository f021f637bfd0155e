/**
 * What makes a process a node: its media driver, its control hub with the handshake, and the in-process twin of both.
 */
package dev.baton.transport.node;
