/** What a cache of so many tokens would have hit on a recorded trace, by eviction policy. */
package dev.baton.sim.cache;
