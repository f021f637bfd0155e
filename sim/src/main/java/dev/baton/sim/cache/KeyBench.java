package dev.baton.sim.cache;

import dev.baton.kv.KeyChain;
import dev.baton.kv.KeyContext;
import dev.baton.kv.KeyHasher;
import dev.baton.kv.KeyNamespace;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.VllmHashes;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.SplittableRandom;

/** How many tokens a second become keys, on one thread, by the CPU time of that thread. */
public final class KeyBench {
    private static final int CONVERSATION_TOKENS = 1 << 17;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final int[] tokens = new int[CONVERSATION_TOKENS];
    private final KeyHasher hasher;

    /**
     * Tokens a second.
     *
     * @param whole  a conversation of 128 Ki tokens at once, blocks of 256
     * @param grown  the same in turns of 300 tokens
     * @param small  blocks of 16 tokens, as engines have them
     * @param vllm   vLLM's {@code sha256_cbor} hashes of blocks of 16, and a key made of each
     */
    public record Result(double whole, double grown, double small, double vllm) {}

    public KeyBench() {
        byte[] secret = new byte[32];
        SplittableRandom random = new SplittableRandom(42);
        random.nextBytes(secret);
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = random.nextInt(128_000);
        }
        hasher = new KeyHasher(KeyNamespace.ofTenant(secret),
            new KeyContext(ModelShapes.layout("Llama-3.1-70B"), "weights", "", ""));
    }

    /** Each for so long in CPU time, after a third of it as warm-up. */
    public Result run(long measureNs) {
        return new Result(rate(() -> grow(256, tokens.length), measureNs), rate(() -> grow(256, 300), measureNs),
            rate(() -> grow(16, tokens.length), measureNs), rate(this::vllm, measureNs));
    }

    private int grow(int blockTokens, int turnTokens) {
        KeyChain chain = hasher.newChain(blockTokens);
        for (int at = 0; at < tokens.length; at += turnTokens) {
            chain.append(tokens, at, Math.min(turnTokens, tokens.length - at));
        }
        return chain.keyCount();
    }

    private int vllm() {
        VllmHashes hashes = new VllmHashes(VllmHashes.Writing.SHA256_CBOR, "0", 16);
        int keys = 0;
        for (int at = 0; at < tokens.length; at += 16) {
            keys += hasher.ofEngineHash(VllmHashes.Writing.SHA256_CBOR.scheme(), hashes.next(tokens, at)).hashCode() == 0 ? 0 : 1;
        }
        return keys;
    }

    private double rate(Runnable work, long measureNs) {
        repeat(work, measureNs / 3);
        return repeat(work, measureNs);
    }

    private double repeat(Runnable work, long measureNs) {
        long startNs = THREADS.getCurrentThreadCpuTime();
        long elapsedNs;
        long runs = 0;
        do {
            work.run();
            runs++;
            elapsedNs = THREADS.getCurrentThreadCpuTime() - startNs;
        } while (elapsedNs < measureNs);
        return runs * (double) tokens.length * 1e9 / elapsedNs;
    }
}
