/** An explicit-state search over the receiver's real core: small configurations, every order of events. */
package dev.baton.sim.check;
