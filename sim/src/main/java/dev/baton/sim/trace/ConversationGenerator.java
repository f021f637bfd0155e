package dev.baton.sim.trace;

import dev.baton.platform.Require;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Requests like those of Mooncake's conversation trace (12,031 requests of one hour), without the trace. Endless; the
 * same seed makes the same requests. Not thread-safe.
 * <pre>
 *   prompt tokens   mean 12,035  p50 6,909  p90 27,367  p99 85,400  max 126,195   through the trace's quantiles
 *   output tokens   mean    343  p50   350              p99  1,118  max   2,000   likewise
 *   arrivals        10.2 in 3 s on average, Poisson: the trace's own timestamps are rounded to 3 s
 *   reuse           37 % of prompt tokens were seen before: turns of one conversation repeat the turns before
 * </pre>
 * Prompt and output are drawn apart, although in the trace they are weakly related. Source: kvcache-ai/Mooncake,
 * FAST25-release; Qin et al., FAST 2025.
 */
public final class ConversationGenerator implements TraceSource {
    private static final double REQUESTS_PER_MS = 10.2 / 3_000;

    private static final QuantileCurve PROMPT_TOKENS = new QuantileCurve(
        0, 891, 0.05, 901, 0.1, 964, 0.2, 1_662, 0.3, 3_263, 0.4, 4_993, 0.5, 6_909, 0.6, 9_570, 0.7, 13_196, 0.8,
        17_869, 0.9, 27_367, 0.95, 39_552, 0.98, 66_484, 0.99, 85_400, 1, 126_195);

    private static final QuantileCurve OUTPUT_TOKENS = new QuantileCurve(
        0, 1, 0.05, 10, 0.1, 24, 0.2, 100, 0.3, 213, 0.4, 291, 0.5, 350, 0.6, 399, 0.7, 447, 0.8, 504, 0.9, 597,
        0.95, 698, 0.98, 893, 0.99, 1_118, 0.999, 2_000, 1, 2_000);

    /** Share of requests that go on with a conversation, chosen so that 37 % of prompt tokens were seen before. */
    private static final double FOLLOWS_UP = 0.53;

    /** Conversations that may go on; older ones are over. Twenty minutes of them, at the rate above. */
    private static final int CONVERSATIONS_MAX = 4_096;

    /** Every conversation begins with the same system prompt, as in the trace. */
    private static final long SYSTEM_PROMPT_BLOCK = 0;

    private final long seed;
    private final boolean hasReuse;
    private final SplittableRandom random;
    private final Deque<List<Long>> conversations = new ArrayDeque<>();
    private double arrivalMs;
    private long nextBlockId = SYSTEM_PROMPT_BLOCK + 1;

    private ConversationGenerator(long seed, boolean hasReuse) {
        this.seed = seed;
        this.hasReuse = hasReuse;
        random = new SplittableRandom(seed);
    }

    /** Requests that share nothing, or do not tell: {@link TraceRequest#blockIds()} are empty. */
    public static ConversationGenerator withoutReuse(long seed) {
        return new ConversationGenerator(seed, false);
    }

    /** Requests with block ids, by which later turns of a conversation share the earlier ones. */
    public static ConversationGenerator withReuse(long seed) {
        return new ConversationGenerator(seed, true);
    }

    /** The first {@code requests} requests of {@link #withoutReuse(long)}. */
    public static List<TraceRequest> requests(long seed, int requests) {
        Require.atLeast("requests", requests, 0);
        List<TraceRequest> made = new ArrayList<>(requests);
        withoutReuse(seed).limit(requests).forEachRemaining(made::add);
        return made;
    }

    @Override
    public boolean hasNext() {
        return true;
    }

    @Override
    public TraceRequest next() {
        long nowMs = (long) arrivalMs;
        int promptTokens = PROMPT_TOKENS.draw(random);
        int outputTokens = OUTPUT_TOKENS.draw(random);

        arrivalMs -= Math.log(1 - random.nextDouble()) / REQUESTS_PER_MS;
        return new TraceRequest(nowMs, promptTokens, outputTokens, hasReuse ? blockIds(promptTokens) : List.of());
    }

    @Override
    public String name() {
        return "conversations, seed " + seed;
    }

    @Override
    public void close() {}

    /** A new conversation, or one that was short enough to have grown to this length. */
    private List<Long> blockIds(int promptTokens) {
        int wholeBlockCount = promptTokens / TraceRequest.BLOCK_TOKENS;
        int blockCount = Math.ceilDiv(promptTokens, TraceRequest.BLOCK_TOKENS);
        List<Long> blockIds = new ArrayList<>(blockCount);
        if (random.nextDouble() < FOLLOWS_UP) {
            blockIds.addAll(takeEarlierTurn(wholeBlockCount));
        }
        if (blockIds.isEmpty() && wholeBlockCount > 0) {
            blockIds.add(SYSTEM_PROMPT_BLOCK);
        }
        while (blockIds.size() < blockCount) {
            blockIds.add(nextBlockId++);
        }
        conversations.addLast(List.copyOf(blockIds.subList(0, wholeBlockCount)));
        if (conversations.size() > CONVERSATIONS_MAX) {
            conversations.removeFirst();
        }
        return blockIds;
    }

    /**
     * The latest conversation with fewer whole blocks than this turn has, but at least half as many; empty where none
     * is.
     */
    private List<Long> takeEarlierTurn(int wholeBlockCount) {
        Iterator<List<Long>> latestFirst = conversations.descendingIterator();
        while (latestFirst.hasNext()) {
            List<Long> earlier = latestFirst.next();
            if (earlier.size() < wholeBlockCount && earlier.size() * 2 >= wholeBlockCount) {
                latestFirst.remove();
                return earlier;
            }
        }
        return List.of();
    }
}
