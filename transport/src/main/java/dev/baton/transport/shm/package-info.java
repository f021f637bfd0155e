/**
 * Lanes between processes of one host: the sender copies straight into the receiver's mapped slabs; marks go through a
 * small ring.
 */
package dev.baton.transport.shm;
