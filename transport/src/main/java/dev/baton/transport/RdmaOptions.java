package dev.baton.transport;

import java.util.List;

/**
 * How a process uses its devices for RDMA. Immutable.
 *
 * @param rails         numeric addresses of this host's devices, one each, in the order in which lanes are laid over them, or
 *                      one {@code near=} and a place on the PCI bus; empty for those that the machine tells
 * @param isEventDriven whether an inlet with nothing to do sleeps until its device has something, a millisecond at most;
 *                      else it looks again and again
 */
public record RdmaOptions(List<String> rails, boolean isEventDriven) {
    public static final RdmaOptions DEFAULTS = new RdmaOptions(List.of(), false);

    public RdmaOptions {
        rails = List.copyOf(rails);
    }
}
