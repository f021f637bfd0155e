/**
 * What a tier of cached blocks keeps and what it lets go: eviction policies over block slots. Bookkeeping only: nothing here
 * holds bytes, starts a thread or reads a clock.
 */
package dev.baton.buffer.tier;
