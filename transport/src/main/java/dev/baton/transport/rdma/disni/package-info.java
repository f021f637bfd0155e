/**
 * Verbs by DiSNI's low-level classes over our own {@code libdisni.so}. Nothing outside names these classes: they and
 * DiSNI's are loaded together, by a loader that knows where the library is.
 */
package dev.baton.transport.rdma.disni;
