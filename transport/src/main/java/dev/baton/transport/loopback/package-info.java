/**
 * Lanes inside one process, with a bounded queue of frames: for tests, and deterministic when stepped by one thread.
 */
package dev.baton.transport.loopback;
