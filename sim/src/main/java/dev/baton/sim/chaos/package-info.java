/**
 * Deterministic simulation of the production agents under faults: a seed becomes a cluster, a workload and a schedule of
 * faults; an oracle of its own watches every byte and every outcome.
 */
package dev.baton.sim.chaos;
