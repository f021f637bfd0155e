/** An explicit-state search over the real cores of both ends: small configurations, every order of events. */
package dev.baton.sim.check;
