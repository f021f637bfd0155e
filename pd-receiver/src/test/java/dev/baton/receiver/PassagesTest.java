package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.baton.kv.BlockKey;
import dev.baton.receiver.core.PassageAsk;
import dev.baton.receiver.core.PassageBlocks;
import dev.baton.receiver.core.Passages;
import dev.baton.receiver.core.ReadyBlocks;
import dev.baton.receiver.core.WritableBlocks;
import dev.baton.receiver.core.WriteAsk;

/** Blocks of a prompt are found by names that do not tell what stands before them, where they lie, for as long as they do. */
class PassagesTest {
    private static final long TENANT = 9;

    private final ReceiverRig rig = new ReceiverRig();

    private static List<BlockKey> names(long... keys) {
        return Arrays.stream(keys).mapToObj(key -> new BlockKey(0, 0, 0, key)).toList();
    }

    private Passages passages() {
        return rig.core.receiving().writes().passages();
    }

    /** Blocks of a prompt come to lie here; at most two at a time, for the pool has eight. */
    private long write(int firstBlock, long... keys) {
        rig.core.receiving().writes().ask(new WriteAsk(TENANT, names(keys), firstBlock));
        WritableBlocks blocks = rig.engine.writable.getLast();
        long address = blocks.blocks().address(blocks.blocks().firstCell(), 0);
        rig.core.receiving().writes().seal(blocks.handle());
        rig.engine.told.clear();
        return address;
    }

    private PassageBlocks find(long tenant, long... keys) {
        passages().find(tenant, names(keys));
        return rig.engine.passages.getLast();
    }

    private void name(int firstBlock, long[] keys, int named, long... passage) {
        passages().name(new PassageAsk(TENANT, names(keys), firstBlock, names(passage)));
        assertEquals("passage named " + named, rig.engine.told.getLast());
    }

    @Test
    void shouldFindAPassageWhereItLiesBehindAnotherBeginning() {
        try (rig) {
            write(0, 11, 12);
            long second = write(2, 11, 12, 13, 14);
            name(2, new long[] {11, 12, 13, 14}, 2, 113, 114);

            PassageBlocks found = find(TENANT, 113, 114);

            assertEquals(2, found.count());
            assertEquals(List.of(2, 3), List.of(found.promptBlock(0), found.promptBlock(1)));
            ReadyBlocks blocks = found.blocks().getFirst();
            assertEquals(second, blocks.address(blocks.firstCell(), 0), "no byte was copied");
            assertEquals(2, blocks.endCell() - blocks.firstCell());
            assertEquals(0, find(TENANT + 1, 113, 114).count(), "another tenant's");
            assertEquals(0, find(TENANT, 114).count(), "not from its beginning on");
            passages().release(found.handle());
            assertEquals(2, find(TENANT, 11, 12).count(), "one that was handed off as a prompt of its own");
            passages().release(rig.engine.passages.getLast().handle());
            assertEquals(1, find(TENANT, 113, 115).count(), "as far as it is the same");
        }
    }

    @Test
    void shouldNotTakeAPassageForTheBeginningOfAPrompt() {
        try (rig) {
            write(0, 11, 12);
            name(0, new long[] {11, 12}, 2, 111, 112);
            Ask ask = new Ask();
            ask.tokens = 3L * ReceiverRig.BLOCK_TOKENS;
            ask.keys = new long[] {111, 112};
            rig.reserve(1, ask);
            assertEquals(List.of("GRANT 1"), rig.sender.take());
            assertEquals(0, rig.sender.grants.get(ReceiverRig.id(1)).heldTokens());
        }
    }

    @Test
    void shouldNameWhatLiesHereAndSayHowMuchThatIs() {
        try (rig) {
            write(0, 11, 12);
            name(1, new long[] {11, 12, 13}, 1, 112, 113);
            name(0, new long[] {21, 22}, 0, 121, 122);
            assertThrows(IllegalArgumentException.class, () -> new PassageAsk(TENANT, names(11, 12), 1, names(112, 113)));
        }
    }

    /** The pool has eight extents, a block in each: requests of all of it evict everything that nobody holds. */
    @Test
    void shouldKeepWhatIsBeingReadAndForgetItsNameWhenItGoes() {
        try (rig) {
            write(0, 11, 12);
            name(0, new long[] {11, 12}, 2, 111, 112);
            PassageBlocks read = find(TENANT, 111, 112);

            rig.reserve(1, ReceiverRig.EXTENTS);
            assertEquals(List.of("QUEUED 1 position=0"), rig.sender.take(), "two of its extents are being read");
            passages().release(read.handle());
            rig.step(2);

            assertEquals(List.of("GRANT 1"), rig.sender.take());
            assertEquals(0, find(TENANT, 111, 112).count());
            passages().release(read.handle());   // again: no effect
        }
    }

    /** Readers that come one after the other would keep a request of the whole pool waiting until its deadline. */
    @Test
    void shouldLetNobodyBeginToReadWhileThePoolDrainsForARequest() {
        try (rig) {
            write(0, 11);
            write(0, 21);
            name(0, new long[] {11}, 1, 111);
            name(0, new long[] {21}, 1, 121);
            PassageBlocks read = find(TENANT, 111);
            rig.reserve(1, ReceiverRig.EXTENTS);
            assertEquals(List.of("QUEUED 1 position=0"), rig.sender.take());

            assertEquals(0, find(TENANT, 121).count());
            assertEquals(0, find(TENANT, 111).count(), "also what is being read");
            assertEquals(1, passages().readerCount());
            passages().release(read.handle());
            rig.step(2);

            assertEquals(List.of("GRANT 1"), rig.sender.take());
        }
    }

    @Test
    void shouldLetNobodyReadMoreThanAQuarterAndEndWithTheEngine() {
        try (rig) {
            write(0, 11, 12);
            write(0, 21);
            name(0, new long[] {11, 12}, 2, 111, 112);
            name(0, new long[] {21}, 1, 121);
            find(TENANT, 111, 112);
            assertEquals(0, find(TENANT, 121).count(), "two of eight extents are being read already");
            assertEquals(1, passages().readerCount());

            rig.core.engineLost();

            assertEquals(0, passages().readerCount());
            assertEquals(1, find(TENANT, 121).count());
        }
    }
}
