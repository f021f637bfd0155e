/**
 * The few verbs calls that lanes over RDMA make, behind interfaces: real ones by DiSNI, or a device of software.
 * Whatever fails is an {@link java.io.IOException} that names the call and its errno.
 */
package dev.baton.transport.rdma.verbs;
