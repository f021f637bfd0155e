/**
 * A device of software for processes of one machine: queue pairs are files that both ends map, registered memory is such
 * a file too, and the poster copies straight into the peer's. The peer takes no part in a write; it may break the queue
 * pair off, and then no write lands. Connections are made over sockets of the loopback interface, so that the end of a
 * process is known when it comes. Faults are switched on by {@link dev.baton.transport.rdma.shared.SharedFaults}.
 */
package dev.baton.transport.rdma.shared;
