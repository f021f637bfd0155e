package dev.baton.sim.cache;

import dev.baton.sim.report.CommandException;
import dev.baton.sim.trace.TraceFile;
import dev.baton.sim.trace.TraceRequest;
import dev.baton.sim.trace.TraceSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The requests of a trace as arrays: block ids numbered through from 0, in the order of the file. Immutable. */
public final class CacheTrace {
    private final String name;
    private final int[][] blocks;
    private final int[] promptTokens;
    private final int uniqueBlocks;

    private CacheTrace(String name, int[][] blocks, int[] promptTokens, int uniqueBlocks) {
        this.name = name;
        this.blocks = blocks;
        this.promptTokens = promptTokens;
        this.uniqueBlocks = uniqueBlocks;
    }

    /** Reads a file whose requests have block ids; one without is refused. */
    public static CacheTrace read(Path file) {
        List<TraceRequest> requests = new ArrayList<>();
        try (TraceSource source = TraceFile.open(file)) {
            source.forEachRemaining(requests::add);
        }
        return of(file.getFileName().toString().replaceFirst("(_trace)?\\.jsonl$", ""), requests);
    }

    /** Of requests that have block ids; one without is refused. */
    public static CacheTrace of(String name, List<TraceRequest> requests) {
        Map<Long, Integer> numbers = new HashMap<>();
        int[][] blocks = new int[requests.size()][];
        int[] promptTokens = new int[requests.size()];
        for (int at = 0; at < blocks.length; at++) {
            TraceRequest request = requests.get(at);
            if (!request.hasBlockIds()) {
                throw CommandException.usage("the trace does not say which blocks are equal: trace=" + name + " request=" + at,
                    "give one with hash_ids, such as Mooncake's");
            }
            promptTokens[at] = request.promptTokens();
            blocks[at] = new int[request.blockIds().size()];
            for (int block = 0; block < blocks[at].length; block++) {
                blocks[at][block] = numbers.computeIfAbsent(request.blockIds().get(block), _ -> numbers.size());
            }
        }
        return new CacheTrace(name, blocks, promptTokens, numbers.size());
    }

    public String name() {
        return name;
    }

    public int requestCount() {
        return blocks.length;
    }

    public int uniqueBlocks() {
        return uniqueBlocks;
    }

    int[] blocks(int request) {
        return blocks[request];
    }

    int promptTokens(int request) {
        return promptTokens[request];
    }

    /** Tokens of one block of a request: a whole block's, but of the last what is left. */
    int tokens(int request, int block) {
        return Math.min(TraceRequest.BLOCK_TOKENS, promptTokens[request] - block * TraceRequest.BLOCK_TOKENS);
    }
}
