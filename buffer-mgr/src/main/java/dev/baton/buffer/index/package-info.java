/**
 * Which blocks are cached, in which tier, by their keys, and how much of a request that is. Bookkeeping only: nothing here
 * holds KV bytes, starts a thread or reads a clock.
 */
package dev.baton.buffer.index;
