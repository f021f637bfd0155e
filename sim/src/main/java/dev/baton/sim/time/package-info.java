/** Virtual time and seeded chance: what a simulation has instead of a clock and luck. */
package dev.baton.sim.time;
