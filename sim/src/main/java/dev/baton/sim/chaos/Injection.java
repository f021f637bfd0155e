package dev.baton.sim.chaos;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** Carries out the faults that a seed has scheduled, and counts all that happened. */
final class Injection {
    private final Cluster cluster;
    private final Map<FaultKind, Integer> counts = new EnumMap<>(FaultKind.class);

    Injection(Cluster cluster) {
        this.cluster = cluster;
    }

    /** By kind, those of the network, too. */
    Map<String, Integer> counts() {
        Map<String, Integer> all = new TreeMap<>(cluster.fabric().faultCounts());
        counts.forEach((kind, count) -> all.merge(kind.tag(), count, Integer::sum));
        return all;
    }

    void inject(Fault fault) {
        if (cluster.isHealed()) {
            return;
        }
        ReceiverMember receiver = cluster.receivers().get(fault.node() % cluster.receivers().size());
        if (fault.kind().isOfDisk() && !cluster.plan().hasDiskAt(receiver.node)) {
            return;
        }
        cluster.note("fault", fault::toString);
        onFault(fault.kind());
        if (hits(fault, receiver)) {
            happened(fault.kind());
        }
    }

    /** Carries it out. False where it finds nothing to be wrong with: who is dead does not stop, and nobody is cut off from itself. */
    private boolean hits(Fault fault, ReceiverMember receiver) {
        long untilNs = cluster.agenda().nowNs() + fault.forNs();
        Member sender = cluster.memberAt(cluster.receivers().size() + fault.node() % cluster.plan().senders);
        Member decode = decodeAt(fault.node() % (cluster.receivers().size() + cluster.lenders().size()));
        Member any = cluster.memberAt(fault.node() % cluster.memberCount());
        Member other = cluster.memberAt(fault.other() % cluster.memberCount());
        return switch (fault.kind()) {
            case CRASH_SENDER -> sender.crash(fault.forNs() / 4);
            case CRASH_RECEIVER -> decode.crash(fault.forNs() / 4);
            case PAUSE_SENDER -> sender.pause(fault.forNs());
            case PAUSE_RECEIVER -> decode.pause(fault.forNs());
            case PARTITION_ONE_WAY -> {
                cluster.fabric().block(any.host, other.host, untilNs);
                yield any.node != other.node;
            }
            case PARTITION -> {
                cluster.fabric().block(any.host, other.host, untilNs);
                cluster.fabric().block(other.host, any.host, untilNs);
                yield any.node != other.node;
            }
            case DRIVER_DEATH -> {
                if (any.isUp()) {
                    any.process.losePaths();
                }
                yield any.isUp();
            }
            case DISK_FULL, DISK_ERRORS, DISK_HANG -> {
                receiver.disk(fault.kind(), untilNs);
                yield false;   // the disk counts whom it refuses, and who waits for it
            }
            case ENGINE_GONE -> {
                Prefill prefill = cluster.prefills().get(fault.node() % cluster.prefills().size());
                if (prefill.isMortal() && fault.other() % 2 == 0) {
                    prefill.engineGone(fault.forNs());
                } else if (decode instanceof LenderMember lender) {
                    lender.engineGone(fault.forNs());
                } else {
                    receiver.engineGone(fault.forNs());
                }
                yield false;   // who has no engine loses none: the engine's life counts
            }
            default -> throw new IllegalStateException("no scheduled fault: " + fault);
        };
    }

    /** One that has memory for requests. */
    private Member decodeAt(int index) {
        int receivers = cluster.receivers().size();
        return index < receivers ? cluster.receivers().get(index) : cluster.lenders().get(index - receivers);
    }

    void injected(FaultKind kind) {
        onFault(kind);
        happened(kind);
    }

    private void onFault(FaultKind kind) {
        cluster.oracle().event(9, kind.tag().length(), 0);
    }

    void happened(FaultKind kind) {
        counts.merge(kind, 1, Integer::sum);
    }
}
