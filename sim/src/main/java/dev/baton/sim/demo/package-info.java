/**
 * {@code baton demo}: a coordinator that starts a receiver and senders as processes of their own, has requests
 * prefilled, handed off and compared byte by byte, and reports. Engines here are stand-ins: prefill writes a pattern,
 * decode checks it.
 */
package dev.baton.sim.demo;
