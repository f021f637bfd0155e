package dev.baton.buffer.tier.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.tier.BlockName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** The index against a map, by seeds. Names collide in the table on purpose: there are hardly more places than names. */
class RecordIndexTest {
    private static final int ENTRIES_MAX = 5000;

    private final UnsafeBuffer name = new UnsafeBuffer(new byte[BlockName.LENGTH_BYTES]);

    private record Known(int entry, LogFile file, long position, int lengthBytes, boolean isReady) {}

    private UnsafeBuffer named(int block) {
        name.setMemory(0, BlockName.LENGTH_BYTES, (byte) 0);
        name.putInt(block % 16 * 4, block + 1);
        return name;
    }

    @Test
    void shouldAnswerAsAMapDoes() {
        for (int seed = 1; seed <= 20; seed++) {
            play(seed);
        }
    }

    private void play(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        RecordIndex index = new RecordIndex(ENTRIES_MAX);
        LogLedger ledger = new LogLedger(0, 1 << 30, 1 << 20);
        List<LogFile> files = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            files.add(ledger.adopt(i + 1, 1 << 20));
        }
        Map<Integer, Known> known = new HashMap<>();
        for (int step = 0; step < 20_000; step++) {
            int block = random.nextInt(8000);
            Known is = known.get(block);
            int found = index.find(named(block), 0);
            assertEquals(is == null ? RecordIndex.NONE : is.entry(), found, "seed " + seed);
            if (is == null) {
                if (known.size() < ENTRIES_MAX) {
                    LogFile file = files.get(random.nextInt(files.size()));
                    long position = random.nextInt(1 << 20) * 4096L;
                    int lengthBytes = 1 + random.nextInt(1 << 20);
                    int entry = index.add(named(block), 0, file, position, lengthBytes, position);
                    known.put(block, new Known(entry, file, position, lengthBytes, false));
                }
                assertEquals(known.size() == ENTRIES_MAX, index.isFull());
                continue;
            }
            assertEquals(is.position(), index.position(found));
            assertEquals(is.lengthBytes(), index.lengthBytes(found));
            assertEquals(is.file(), index.file(found));
            assertEquals(is.isReady(), index.isReady(found));
            switch (random.nextInt(4)) {
                case 0 -> {
                    if (!is.isReady()) {
                        index.ready(found);
                        known.put(block, new Known(found, is.file(), is.position(), is.lengthBytes(), true));
                    }
                }
                case 1 -> {
                    if (is.isReady()) {
                        LogFile to = files.get(random.nextInt(files.size()));
                        index.touch(found);
                        index.move(found, to, 4096);
                        assertEquals(0, index.touches(found));
                        known.put(block, new Known(found, to, 4096, is.lengthBytes(), true));
                    }
                }
                default -> {
                    index.remove(found);
                    known.remove(block);
                }
            }
        }
        check(index, files, known);
    }

    private void check(RecordIndex index, List<LogFile> files, Map<Integer, Known> known) {
        assertEquals(known.values().stream().filter(Known::isReady).count(), index.readyCount());
        assertEquals(known.values().stream().filter(Known::isReady).mapToLong(Known::lengthBytes).sum(), index.readyBytes());
        for (LogFile file : files) {
            assertEquals(known.values().stream().filter(each -> each.file() == file && each.isReady())
                .mapToLong(Known::lengthBytes).sum(), file.liveBytes);
            int count = 0;
            for (int entry = file.firstEntry(); entry != RecordIndex.NONE; entry = index.nextInFile(entry)) {
                count++;
            }
            assertEquals(known.values().stream().filter(each -> each.file() == file).count(), count);
        }
        known.forEach((block, is) -> {
            UnsafeBuffer read = new UnsafeBuffer(new byte[BlockName.LENGTH_BYTES]);
            index.name(is.entry(), read, 0);
            assertEquals(new UnsafeBuffer(named(block), 0, BlockName.LENGTH_BYTES), read);
        });
    }

    @Test
    void shouldCountLoadsUpToThree() {
        RecordIndex index = new RecordIndex(1);
        LogFile file = new LogLedger(0, 1 << 30, 1 << 20).adopt(1, 1 << 20);
        int entry = index.add(named(1), 0, file, 4096, 5, 9);
        for (int i = 0; i < 300; i++) {
            index.touch(entry);
        }
        assertEquals(3, index.touches(entry));
        assertTrue(index.isFull());
        assertThrows(IllegalArgumentException.class, () -> index.add(named(2), 0, file, 8192, 5, 9));
    }
}
