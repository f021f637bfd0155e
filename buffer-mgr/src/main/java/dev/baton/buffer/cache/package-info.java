/** What of the pool is cache: units of blocks that may go, and which goes first. */
package dev.baton.buffer.cache;
