/**
 * A network, and memory that others write to, in virtual time: under the production agents instead of Aeron, sockets and
 * mappings. What goes wrong is {@link dev.baton.sim.fabric.Weather}.
 */
package dev.baton.sim.fabric;
