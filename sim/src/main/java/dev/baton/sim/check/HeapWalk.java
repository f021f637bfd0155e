package dev.baton.sim.check;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

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
    /** By part, what is always there and changes. */
    private final Object[][] lasting;
    private final Recall[][] lastingRecalls;
    private final Identities indexes = new Identities();
    /** What each part of the world is like now; null where something has touched it since. */
    private final HeapImage[] now;
    private HeapImage image;
    private int part;

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
        now = new HeapImage[1 + ends.size()];
        lasting = new Object[now.length][];
        lastingRecalls = new Recall[now.length][];
        for (int i = 0; i < now.length; i++) {
            lasting[i] = all.changing(i);
            lastingRecalls[i] = Stream.of(lasting[i]).map(recalls::of).toArray(Recall[]::new);
        }
    }

    int partCount() {
        return now.length;
    }

    /** Parts that something has touched, as bits; it has touched part 0, too. */
    void touched(int parts) {
        for (int i = 0; i < now.length; i++) {
            now[i] = i == 0 || (parts >> i & 1) != 0 ? null : now[i];
        }
    }

    /** Writes down what can be reached. What is not touched is what it was in the image that it was last in. */
    void save(WorldImage into) {
        indexes.clear();
        for (int i = 0; i < now.length; i++) {
            if (now[i] == null) {
                now[i] = into.write(i);
                save(i, now[i]);
            } else {
                into.parts[i] = now[i];
            }
        }
    }

    private void save(int index, HeapImage into) {
        image = into;
        part = index + 1;
        into.clear();
        for (int i = 0; i < lasting[index].length; i++) {
            lastingRecalls[index][i].save(lasting[index][i], into, this);
        }
        for (int i = 0; i < into.objectCount; i++) {
            Object object = into.objects[i];
            Recall recall = into.recalls[i];
            recall.save(object, into, this);
            recall.saveFixed(object, into, this);
        }
    }

    /** Brings it back; objects that came later are met no more. */
    void restore(WorldImage from) {
        for (int i = 0; i < now.length; i++) {
            if (now[i] != from.parts[i]) {
                now[i] = from.parts[i];
                restore(i, now[i]);
            }
        }
    }

    /** The world is as that image says, which was made of it just now. */
    void isAt(WorldImage image) {
        System.arraycopy(image.parts, 0, now, 0, now.length);
    }

    private void restore(int index, HeapImage from) {
        from.rewind();
        for (int i = 0; i < lasting[index].length; i++) {
            lastingRecalls[index][i].restore(lasting[index][i], from);
        }
        for (int i = 0; i < from.objectCount; i++) {
            from.recalls[i].restore(from.objects[i], from);
        }
    }

    /** What stands for a reference in the state; an object that is met for the first time will be walked. */
    long token(Object value) {
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
        if (index == next) {
            image.object(value, recall);
        } else if (index >> PART_SHIFT > 1 && index >> PART_SHIFT != part) {
            throw new IllegalStateException("an object is reached from two ends, and not from what they share: class="
                + value.getClass().getName());
        }
        return index + 1L;
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
