/**
 * What Baton costs, against the limits of the same machine in the same minute: bytes moved, plans compiled, memory
 * reserved.
 */
package dev.baton.sim.bench;
