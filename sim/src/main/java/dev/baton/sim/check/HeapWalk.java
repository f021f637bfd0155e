package dev.baton.sim.check;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.ReservationId;

/**
 * Walks all objects that can be reached from a root, writes down what they remember, and brings it back: so a real core
 * is taken to an earlier state without doing all its steps again, and every field of it, those added tomorrow included,
 * is part of the state. Two states are alike if the same walk meets the same values; which object is which counts by
 * the order in which they are met. One thread.
 * <p>
 * The world has parts: 0 is what any step may touch, the others are the ends, each with what it alone reaches. A part
 * that nothing has touched is neither written down nor brought back again. What is made later belongs to part 0 if it is
 * met there, else to the one end that it is met at.
 * <p>
 * Not walked: what cannot change (layouts, identities, settings), codecs and their buffers, which hold nothing between
 * two messages, and counters.
 */
final class HeapWalk {
    private static final Set<String> FIXED_PACKAGES = Set.of("dev.baton.kv", "dev.baton.transport.wire", "java.lang",
        "java.util.concurrent", "org.agrona.concurrent", "org.agrona");
    private static final Set<String> FIXED = Set.of("SlabPlan", "ExtentIndex", "ReceiverLimits", "SenderTimeouts",
        "AdmissionLimits", "TenantLimits", "TenantPolicy", "SchemeChoice", "PeerLayout", "Scenario", "HandoffSpec",
        "SourceParts", "SenderCounters", "ReceiverCounters", "ReserveCounters", "FenceCounters",
        "PoolCacheCounters", "LinkContext", "RemoteSlab", "PairingCache");
    /** What they are is all that they hold. */
    static final Set<Class<?>> VALUES = Set.of(String.class, HandoffId.class, ReservationId.class, NodeIdentity.class);

    /** Of an object's number, where its part begins; what is always there has no part in it. */
    private static final int PART_SHIFT = 16;

    /** Token of a class's only one of its kind. */
    private static final long CONSTANT = 1L << 43;

    private final RecallTable recalls = new RecallTable();
    private final Identities indexes = new Identities();
    private final WalkedPart[] parts;
    private HeapImage image;
    private int part;
    private boolean isTokenLasting;

    /**
     * @param root what is reached from there is the state
     * @param ends parts 1, 2, ... are what is reached from one of them alone
     */
    HeapWalk(Object root, List<?> ends) {
        Lasting all = new Lasting(recalls, root, ends);
        for (int i = 0; i < all.all().size(); i++) {
            indexes.index(all.all().get(i), i);
        }
        indexes.keep();
        parts = IntStream.rangeClosed(0, ends.size()).mapToObj(i -> new WalkedPart(all.changing(i), recalls)).toArray(WalkedPart[]::new);
    }

    int partCount() {
        return parts.length;
    }

    /** Parts that something has touched, as bits; it has touched part 0, too. */
    void touched(int which) {
        for (int i = 0; i < parts.length; i++) {
            if (i == 0 || (which >> i & 1) != 0) {
                parts[i].touched();
            }
        }
    }

    /** Writes down what can be reached. What is not touched is what it was in the image that it was last in. */
    void save(WorldImage into) {
        indexes.clear();
        for (int i = 0; i < parts.length; i++) {
            if (parts[i].now() == null) {
                image = into.write(i);
                part = i + 1;
                parts[i].save(image, this);
            } else {
                into.parts[i] = parts[i].now();
            }
        }
    }

    /** What was kept, to be brought back; what was read so before is then no more. */
    void read(KeptPart[] kept, WorldImage into) {
        for (int i = 0; i < parts.length; i++) {
            into.parts[i] = parts[i].page(kept[i]);
        }
    }

    /** Brings it back; objects that came later are met no more. */
    void restore(WorldImage from) {
        for (int i = 0; i < parts.length; i++) {
            parts[i].restore(from.parts[i]);
        }
    }

    /** The world is as that image says, which was made of it just now. */
    void isAt(WorldImage made) {
        for (int i = 0; i < parts.length; i++) {
            parts[i].isAt(made.parts[i]);
        }
    }

    /** What stands for a reference in the state; an object that is met for the first time will be walked. */
    long token(Object value) {
        isTokenLasting = !(value instanceof byte[]);   // what it holds is looked at each time
        if (value == null) {
            return 0;
        }
        Recall recall = recalls.of(value);
        if (recalls.isValue()) {
            return recall.token(value);
        }
        if (recalls.isConstant(value)) {
            return CONSTANT;
        }
        int next = (part << PART_SHIFT) + image.objectCount;
        int index = indexes.index(value, next);
        isTokenLasting = index >> PART_SHIFT == 0;
        if (index == next) {
            image.object(value, recall);
        } else if (index >> PART_SHIFT > 1 && index >> PART_SHIFT != part) {
            throw new IllegalStateException("an object is reached from two ends, and not from what they share: class="
                + value.getClass().getName());
        }
        return index + 1L;
    }

    /** Whether the last one stays what it is: that of a value, or of what is always there. */
    boolean isTokenLasting() {
        return isTokenLasting;
    }

    /** Whether nothing of it is walked. */
    static boolean isFixed(Class<?> type) {
        if (type.isEnum() || VALUES.contains(type)) {
            return false;
        }
        if (type.isHidden() || type.isSynthetic() || FIXED.contains(type.getSimpleName())
            || type.getName().startsWith("java.util.Immutable")
            || type.getName().startsWith("java.util.Collections$")) {
            return true;
        }
        return !type.isArray() && FIXED_PACKAGES.contains(type.getPackageName());
    }
}
