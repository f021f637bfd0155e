package dev.baton.receiver.core;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import dev.baton.buffer.tier.BlockStore;
import dev.baton.kv.BlockKey;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.Sharding;

/**
 * Brings up passages that are not in the pool: first what links say of which prompts their blocks are, then these blocks, under their prompts'
 * names, and puts the passage's names on them again. It pins what has come meanwhile, gives way to requests that wait for memory, and
 * is over in the time that a request would wait for the tier. Control agent's thread.
 */
final class PassageFinds {
    private static final int FINDS_MAX = 64;

    /** What a passage's reader is told, and keeps from going meanwhile. */
    interface Reader {
        /** Keeps what lies here of it, in place of what was kept before; how many blocks that is. */
        int keep();

        /** As much has come as will. */
        void over();
    }

    private static final class Find implements PassageLinks.LinkListener {
        final long tenant;
        final List<BlockKey> passage;
        final Reader reader;
        final long deadlineNs;
        final PassageLink[] links;
        int asked;
        int awaited;
        int linkEnd;
        int here;
        boolean isLoading;
        boolean isOver;

        Find(long tenant, List<BlockKey> passage, int here, Reader reader, long deadlineNs) {
            this.tenant = tenant;
            this.passage = passage;
            this.reader = reader;
            this.deadlineNs = deadlineNs;
            this.here = here;
            links = new PassageLink[passage.size()];
            asked = here;
            linkEnd = links.length;
        }

        @Override
        public void onLink(int index, PassageLink linkOrNull) {
            awaited--;
            links[index] = linkOrNull;
            if (linkOrNull == null) {
                linkEnd = Math.min(linkEnd, index);
            }
        }
    }

    private final PassageLinks links;
    private final Promotions up;
    private final BlockCache cache;
    private final ShardPairing self;
    private final TierLimits limits;
    private final List<Find> active = new ArrayList<>();
    private long nowNs;

    PassageFinds(PassageLinks links, Promotions up, BlockCache cache, ShardPairing self, TierLimits limits) {
        this.links = links;
        this.up = up;
        this.cache = cache;
        this.self = self;
        this.limits = limits;
    }

    /**
     * Begins to bring up what follows the blocks that are here.
     * @return false where too many do already: the reader is told nothing
     */
    boolean begin(long tenant, List<BlockKey> passage, int here, Reader reader) {
        if (active.size() == FINDS_MAX) {
            return false;
        }
        active.add(new Find(tenant, passage, here, reader, nowNs + limits.waitNs()));
        return true;
    }

    /** Nobody is there any more to be told. */
    void clear() {
        active.forEach(find -> find.isOver = true);
        active.clear();
    }

    int doWork(long timeNs) {
        nowNs = timeNs;
        int workCount = 0;
        for (int i = 0; i < active.size(); i++) {
            Find find = active.get(i);
            workCount += find.isOver ? 0 : advance(find);
            if (find.isOver) {
                active.remove(i--);
                find.reader.over();
                workCount++;
            }
        }
        return workCount;
    }

    private int advance(Find find) {
        if (find.deadlineNs - nowNs <= 0) {
            find.isOver = true;
            return 1;
        }
        int workCount = 0;
        while (find.asked < find.linkEnd) {
            int result = links.load(find.tenant, find.passage.get(find.asked), find.deadlineNs, find, find.asked);
            if (result == BlockStore.BACK_PRESSURED) {
                return workCount;
            }
            workCount++;
            if (result == BlockStore.OFF) {
                find.linkEnd = find.asked;
            } else {
                find.asked++;
                find.awaited++;
            }
        }
        return find.awaited > 0 || find.isLoading ? workCount : workCount + load(find);
    }

    /** The next blocks in a row of one prompt; over where there are none, or none came. */
    private int load(Find find) {
        if (find.linkEnd == 0) {
            return loadAsPrompt(find);
        }
        name(find);
        int from = find.here;
        if (from >= find.linkEnd) {
            find.isOver = true;
            return 1;
        }
        PassageLink first = find.links[from];
        int end = from + 1;
        while (end < find.linkEnd && find.links[end].source().equals(first.source()) && find.links[end].block() == first.block() + end - from) {
            end++;
        }
        ShardPairing pairing = pairingOrNull(first.source());
        if (pairing == null) {
            find.isOver = true;
            return 1;
        }
        find.isLoading = up.bring(pairing, find.tenant, keys(find.links, from, end), first.block(), find.deadlineNs, false,
            () -> came(find));
        find.isOver = !find.isLoading;
        return 1;
    }

    /** Nothing is known of it but its own name: it may have been a prompt of its own, from a sender that is cut as this receiver is. */
    private int loadAsPrompt(Find find) {
        find.linkEnd = Integer.MIN_VALUE;
        find.isLoading = up.bring(self, find.tenant, find.passage, 0, find.deadlineNs, false, () -> find.isOver = true);
        find.isOver = !find.isLoading;
        return 1;
    }

    private void came(Find find) {
        int before = find.here;
        find.isLoading = false;
        if (!find.isOver) {
            name(find);
            find.isOver = find.here == before;
        }
    }

    /** What lies here by a prompt's name is found by the passage's, from its beginning on. */
    private void name(Find find) {
        int end = find.here;
        while (end < find.linkEnd && cache.has(TenantKey.of(find.tenant, find.links[end].key()))) {
            end++;
        }
        if (end > find.here) {
            List<BlockKey> prompt = Arrays.stream(find.links, find.here, end).map(PassageLink::key).toList();
            cache.nameAgain(find.tenant, prompt, find.passage.subList(find.here, end));
            find.here = Math.max(find.here, find.reader.keep());
        }
    }

    private ShardPairing pairingOrNull(Sharding source) {
        try {
            return source.equals(self.sourceSharding()) ? self
                : ShardPairing.of(self.targetLayout(), source, self.targetLayout(), self.targetSharding());
        } catch (IllegalArgumentException _) {
            return null;   // no sender of this layout was ever split so
        }
    }

    /** By blocks of the prompt: those before have no names here. */
    private static List<BlockKey> keys(PassageLink[] links, int from, int end) {
        int first = links[from].block();
        return new AbstractList<>() {
            @Override
            public BlockKey get(int block) {
                return block < first ? null : links[from + block - first].key();
            }

            @Override
            public int size() {
                return first + end - from;
            }
        };
    }
}
