package dev.baton.sim.chaos;

import java.util.Locale;

/** What every seed plays that only some would: an option of the command. */
enum Focus {
    /** Every request is sent by all prefill nodes together, each with some of the shards. */
    RANKS,
    /** Lanes are those of RDMA, by the production's own code over simulated cards. */
    CARDS,
    /** Requests have names, and receivers fetch their beginnings from senders that may have them. */
    FETCHES,
    /** Receiving instances are gangs: two or three processes that hold the shards of each request together. */
    GANGS,
    /** Some receivers send, too, and hand on from their pools what they received. */
    FORWARDS,
    /** Decode engines name parts of prompts as passages, and find them again. */
    PASSAGES,
    /** Schedulers hold memory before senders ask for it. */
    EARLY,
    /** Some requests are larger than a pool or their tenant's quota, some as large as a pool. */
    IMPOSSIBLE,
    /** Nodes are told to end, drain, go and come back. */
    DRAINS,
    /** All nodes have a secret, and somebody on the network has none, or another one, and sends what it likes. */
    STRANGERS,
    /** One of several senders has a layout that no plan turns into the receivers'. */
    MISFITS,
    /** One of several receivers stops, or is slow; played twice, with and without. */
    STALLS,
    /** An hour and more, with faults and requests all along. */
    HOURS;

    String option() {
        return "--" + name().toLowerCase(Locale.ROOT);
    }
}
