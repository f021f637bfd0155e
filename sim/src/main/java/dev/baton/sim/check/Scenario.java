package dev.baton.sim.check;

import java.util.List;

/**
 * How much may happen in one search. Without {@code faults} a run still has every order of messages, stores and agents.
 *
 * @param isOneSided whether the sender stores into the memory itself, as on shm; else data agents copy, as on tcp
 * @param order      who reserves, and when
 * @param handoffs   1, of two cells; or 2, the other of one cell, with memory for either
 * @param ticks      most steps of time; drain and fence take one each, other bounds two to four
 * @param faults     what may go wrong
 */
public record Scenario(String name, boolean isOneSided, Order order, int handoffs, int ticks, Faults faults) {
    /** How a handoff comes by its memory. */
    public enum Order {
        /** Memory, then prefill. */
        DESTINATION_FIRST,
        /** Prefilled and parked until it is wanted. */
        SOURCE_FIRST,
        /** A scheduler reserves, and the sender claims it. */
        UNBOUND
    }

    /**
     * How often, at most.
     *
     * @param losses   one end loses the session, and the other does sooner or later
     * @param restarts either process is killed and begins anew
     * @param cancels  either engine wants it no more
     * @param corrupt  cells that land with wrong bytes
     * @param repeats  a message comes again
     * @param pauses   the sending process stands still while time goes on
     */
    public record Faults(int losses, int restarts, int cancels, int corrupt, int repeats, int pauses) {
        static final Faults NONE = new Faults(0, 0, 0, 0, 0, 0);
    }

    /** Those of the command: each fault by itself and some together, on both kinds of lanes. */
    public static final List<Scenario> ALL = List.of(
        new Scenario("shm: time", true, Order.DESTINATION_FIRST, 1, 5, Faults.NONE),
        new Scenario("shm: loss", true, Order.DESTINATION_FIRST, 1, 3, new Faults(1, 0, 0, 0, 0, 0)),
        new Scenario("shm: restart", true, Order.DESTINATION_FIRST, 1, 3, new Faults(0, 1, 0, 0, 0, 0)),
        new Scenario("shm: cancel", true, Order.DESTINATION_FIRST, 1, 3, new Faults(0, 0, 1, 1, 0, 0)),
        new Scenario("shm: pause", true, Order.DESTINATION_FIRST, 1, 4, new Faults(0, 0, 0, 0, 0, 1)),
        new Scenario("shm: loss and cancel", true, Order.DESTINATION_FIRST, 1, 2, new Faults(1, 0, 1, 0, 0, 0)),
        new Scenario("shm: source first", true, Order.SOURCE_FIRST, 1, 2, new Faults(1, 0, 1, 0, 0, 0)),
        new Scenario("shm: unbound", true, Order.UNBOUND, 1, 2, new Faults(1, 0, 1, 0, 0, 0)),
        new Scenario("shm: two compete", true, Order.DESTINATION_FIRST, 2, 2, new Faults(1, 0, 0, 0, 0, 0)),
        new Scenario("tcp: loss", false, Order.DESTINATION_FIRST, 1, 2, new Faults(1, 0, 0, 0, 0, 0)),
        new Scenario("tcp: resend", false, Order.SOURCE_FIRST, 1, 1, new Faults(0, 0, 1, 3, 0, 0)),
        new Scenario("tcp: restart", false, Order.DESTINATION_FIRST, 1, 2, new Faults(0, 1, 1, 0, 0, 0)),
        new Scenario("tcp: doubled", false, Order.DESTINATION_FIRST, 1, 1, new Faults(0, 0, 1, 0, 1, 0)),
        new Scenario("tcp: two compete", false, Order.DESTINATION_FIRST, 2, 2, new Faults(1, 0, 0, 1, 0, 0)));

    /** Those whose names have that in them. */
    static List<Scenario> like(String part) {
        return ALL.stream().filter(scenario -> scenario.name().contains(part)).toList();
    }
}
