/**
 * What KV looks like: layouts, shards, the plan that turns one into another, and the cells a handoff is made of. Values
 * and arithmetic only: nothing here holds memory, starts a thread or reads a clock.
 */
package dev.baton.kv;
