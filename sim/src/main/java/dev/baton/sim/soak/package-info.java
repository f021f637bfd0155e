/**
 * Real processes and real faults: daemons of their own, in a network namespace of their own, with packets lost, altered
 * and held back by the kernel, processes killed and stopped. Each scenario proves that its fault happened.
 */
package dev.baton.sim.soak;
