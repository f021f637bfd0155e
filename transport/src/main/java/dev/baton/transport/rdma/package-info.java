/** Lanes over RDMA: bytes are written straight into the receiver's extents by the network card. */
package dev.baton.transport.rdma;
