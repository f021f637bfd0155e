package dev.baton.transport.rdma;

import dev.baton.platform.Require;
import java.util.concurrent.TimeUnit;

/**
 * How lanes use their queue pairs.
 *
 * @param windowBytes   most bytes of one lane that are accepted and not yet completed
 * @param writeBytesMax longest write that neighbouring ones are merged to; the device may allow less
 * @param sendsMax      work requests of one lane that the device holds at once
 * @param markSlots     marks of one lane that the receiver has not yet read
 * @param bounceBytes   memory of one lane for sources that are not registered; they are copied there first
 * @param ackTimeout    a packet counts as lost after 4.096 us times 2 to this without an answer
 * @param retries       how often a packet is sent again before the lane is given up, 0 to 7
 * @param lingerNs      a closing lane waits so long for what is on its way: the peer must read a mark that was accepted
 */
record RdmaSettings(int windowBytes, int writeBytesMax, int sendsMax, int markSlots, int bounceBytes, int ackTimeout,
    int retries, long lingerNs) {
    /** A dead link is noticed after 3.3 s on software devices, whose timer is slower than it says; sooner on real ones. */
    static final RdmaSettings DEFAULTS = new RdmaSettings(32 << 20, 4 << 20, 128, 64, 4 << 20, 12, 5,
        TimeUnit.MILLISECONDS.toNanos(250));
    /** Little memory, and no waiting by the machine's clock: for machines that are simulated whole. */
    static final RdmaSettings SMALL = new RdmaSettings(64 << 10, 64 << 10, 16, 8, 64 << 10, 12, 5, 0);

    RdmaSettings {
        Require.atLeast("writeBytesMax", writeBytesMax, 64 << 10);
        Require.atLeast("windowBytes", windowBytes, writeBytesMax);
        Require.atLeast("sendsMax", sendsMax, 8);
        Require.atLeast("markSlots", markSlots, 2);
        Require.atLeast("bounceBytes", bounceBytes, 64 << 10);
        Require.atLeast("lingerNs", lingerNs, 0);
    }
}
