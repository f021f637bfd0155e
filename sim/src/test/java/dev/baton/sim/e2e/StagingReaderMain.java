package dev.baton.sim.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvPattern;
import dev.baton.kv.ModelShapes;
import dev.baton.kv.PatternSeed;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.memory.MemoryLedger;
import dev.baton.sender.engine.StagingReader;

/** An engine in a process of its own: is handed a handle, and compares every byte that it names with the pattern. */
final class StagingReaderMain {
    private StagingReaderMain() {}

    static ShardedLayout layout(int blockTokens) {
        return new ShardedLayout(ModelShapes.layout("Llama-3.2-1B").withBlockTokens(blockTokens), Sharding.SINGLE);
    }

    static List<BlockKey> keys(int count) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < count; block++) {
            keys.add(new BlockKey(block, 3, 1, 4));
        }
        return keys;
    }

    /**
     * Reads the handle on standard input, then what it names.
     *
     * @param args the folder of staging, tokens of a block, and how many blocks there are
     */
    public static void main(String[] args) throws IOException {
        ShardedLayout layout = layout(Integer.parseInt(args[1]));
        int blocks = Integer.parseInt(args[2]);
        byte[] handle = HexFormat.of().parseHex(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII)).readLine());
        CellMap map = CellMap.ofTarget(ShardPairing.of(layout.layout(), layout.sharding(), layout.layout(), layout.sharding()),
            blocks * layout.layout().blockTokens(), 0, 0, 4 << 20);
        long wrong = 0;
        try (StagingReader reader = new StagingReader(new MemoryLedger(), Path.of(args[0]))) {
            StagingReader.Prefix prefix = reader.read(handle);
            for (int cell = 0; cell < map.cellCount(); cell++) {
                int block = map.block(cell);
                wrong += KvPattern.mismatches(prefix.address(block, 0, map.group(cell), 0), map, cell,
                    PatternSeed.ofBlock(PatternFeed.SEED, keys(blocks), block, 0));
            }
        }
        System.out.println("bytes=" + map.totalBytes() + " wrong=" + wrong);
    }
}
