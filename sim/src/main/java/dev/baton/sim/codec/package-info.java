/** {@code baton bench codec}: what codecs save, cost and change on KV that a model made. */
package dev.baton.sim.codec;
