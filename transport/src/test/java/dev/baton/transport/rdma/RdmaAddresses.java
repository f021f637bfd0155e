package dev.baton.transport.rdma;

/** Where this machine's RDMA devices are reached, as the machine that runs the tests says: numbers, one or more. */
final class RdmaAddresses {
    private static final String[] ADDRESSES = System.getenv().getOrDefault("BATON_RDMA_ADDRESSES", "127.0.0.1").split(",", -1);

    private RdmaAddresses() {}

    static String[] all() {
        return ADDRESSES.clone();
    }

    static String first() {
        return ADDRESSES[0];
    }
}
