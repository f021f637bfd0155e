package dev.baton.transport.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.transport.WireMaxima;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.NodeIdentity;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Role;
import dev.baton.transport.session.Session;
import java.lang.reflect.Proxy;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** What the processes of a gang say to each other is read as it was said; what is said of the most records passes, and no more does. */
class GangWordsPropertyTest {
    private static final NodeIdentity PEER = new NodeIdentity("peer", 3, 4, Set.of(Role.DECODE), 1, 4096, List.of(), List.of(), new byte[0]);

    private final GangProxy proxy = new GangProxy();
    private final List<String> heard = new ArrayList<>();
    private byte[] sent = {};
    private final Session session = (Session) Proxy.newProxyInstance(Session.class.getClassLoader(), new Class<?>[] {Session.class},
        (_, method, arguments) -> switch (method.getName()) {
            case "peer" -> PEER;
            case "id" -> 77L;
            case "send" -> keep((DirectBuffer) arguments[0], (int) arguments[1], (int) arguments[2]);
            default -> throw new AssertionError(method);
        });

    private Object keep(DirectBuffer buffer, int offset, int length) {
        sent = new byte[length];
        buffer.getBytes(offset, sent);
        return null;
    }

    /** The message as it came, checked and whole; its groups may be read. */
    private <D> D read(Class<D> type, String method) {
        assertTrue(AnyMessage.isReadIfPassed(sent), method);
        UnsafeBuffer message = new UnsafeBuffer(sent);
        List<D> told = new ArrayList<>();
        GangMessageListener listener = (GangMessageListener) Proxy.newProxyInstance(GangMessageListener.class.getClassLoader(),
            new Class<?>[] {GangMessageListener.class}, (_, called, arguments) -> {
                assertEquals(method, called.getName());
                told.add(type.cast(arguments[1]));
                return null;
            });
        assertTrue(new GangAdapter(listener).onMessage(session, message.getShort(2, ByteOrder.LITTLE_ENDIAN), message,
            Frames.HEADER_LENGTH, message.getShort(0, ByteOrder.LITTLE_ENDIAN), 1,
            sent.length - Frames.HEADER_LENGTH - Frames.TRAILER_LENGTH));
        assertEquals(1, told.size());
        return told.getFirst();
    }

    private static int[] words(long seed, int count) {
        return new java.util.SplittableRandom(seed).ints(count).toArray();
    }

    @Property(tries = 60)
    void shouldReadOrdersAndEventsAsTheyWereAdded(@ForAll @IntRange(max = WireMaxima.GANG_RECORDS_MAX) int count, @ForAll long seed,
        @ForAll boolean isOrders) {
        GangRecords records = new GangRecords();
        List<String> told = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] words = words(seed + i, 5);
            int kind = words[4] & 0xFF;
            long reservation = (long) words[4] << 20 ^ words[0];
            records.add(kind, reservation, words[0], words[1], words[2], words[3]);
            told.add(kind + " " + reservation + " " + Arrays.toString(Arrays.copyOf(words, 4)));
        }
        heard.clear();
        if (isOrders) {
            proxy.orders(session, records);
            for (GangOrdersDecoder.RecordsDecoder record : read(GangOrdersDecoder.class, "onGangOrders").records()) {
                hear(record.kind(), record.reservation(), record.a(), record.b(), record.c(), record.d());
            }
        } else {
            proxy.events(session, records);
            for (GangEventsDecoder.RecordsDecoder record : read(GangEventsDecoder.class, "onGangEvents").records()) {
                hear(record.kind(), record.reservation(), record.a(), record.b(), record.c(), record.d());
            }
        }
        assertEquals(told, heard);
        assertTrue(sent.length <= Frames.LENGTH_MAX, "travels whole: length=" + sent.length);
    }

    private void hear(int kind, long reservation, int a, int b, int c, int d) {
        heard.add(kind + " " + reservation + " " + Arrays.toString(new int[] {a, b, c, d}));
    }

    @Property(tries = 2)
    void shouldTakeTheMostRecordsAndNoMore(@ForAll boolean isOrders) {
        int templateId = isOrders ? GangOrdersDecoder.TEMPLATE_ID : GangEventsDecoder.TEMPLATE_ID;
        assertTrue(AnyMessage.isReadIfPassed(AnyMessage.records(templateId, GangProxy.RECORDS_MAX)));
        byte[] more = AnyMessage.records(templateId, GangProxy.RECORDS_MAX + 1);
        assertEquals(MessageCheck.Fault.MALFORMED, MessageCheck.validate(new UnsafeBuffer(more), 0, more.length));
    }

    @Property(tries = 60)
    void shouldReadWhatIsLentAndReturnedAsItWasSaid(@ForAll @Size(max = 50) List<@IntRange(max = 0xFFFF) Integer> slabs,
        @ForAll @IntRange int extents) {
        proxy.lendBegin(session, slabs.size());
        slabs.forEach(slab -> proxy.lendRun(slab / 2, slab, extents));
        proxy.lendEnd();
        LendDecoder lend = read(LendDecoder.class, "onLend");
        assertEquals(HandoffId.NONE, WireIds.handoff(lend.handoff()));
        LendDecoder.RunsDecoder runs = lend.runs();
        for (int slab : slabs) {
            runs.next();
            assertEquals(List.of(slab / 2, slab, 0L, (long) extents),
                List.of(runs.shard(), runs.slab(), runs.firstExtent(), runs.extentCount()));
        }
        assertTrue(!runs.hasNext());
        proxy.returned(session);
        assertEquals(0, read(ReturnDecoder.class, "onReturn").isInDoubt());
    }

    @Property(tries = 60)
    void shouldReadAGrantAndItsPlacesAsTheyWereSaid(@ForAll long seed, @ForAll @IntRange(max = 40) int partCount,
        @ForAll @IntRange(max = 40) int runCount, @ForAll @Size(max = WireMaxima.LAYOUT_LENGTH_MAX) byte[] layout, @ForAll boolean isHeld) {
        int[] words = words(seed, 8);
        ReservationId reservation = new ReservationId(seed, words[0]);
        HandoffId handoff = new HandoffId(words[1], seed, ~seed, words[2]);
        if (isHeld) {
            GangHeldEncoder message = proxy.heldBegin(session, seed);
            message.firstBlock(words[3] & 0xFFFF_FFFFL).endBlock(5).groups(words[4]).tokens(6).growthTokens(7).haveTokens(8);
            GangHeldEncoder.RunsEncoder runs = message.runsCount(runCount);
            for (int i = 0; i < runCount; i++) {
                runs.next().shard(i).slab(2 * i).firstExtent(words[5] & 0xFFFF_FFFFL).extentCount(i);
            }
            message.putLayout(layout, 0, layout.length);
            proxy.heldEnd();
            GangHeldDecoder held = read(GangHeldDecoder.class, "onGangHeld");
            assertEquals(List.of(seed, words[3] & 0xFFFF_FFFFL, 5L, words[4], 6L, 7L, 8L), List.of(held.reservation(), held.firstBlock(),
                held.endBlock(), held.groups(), held.tokens(), held.growthTokens(), held.haveTokens()));
            int at = 0;
            for (GangHeldDecoder.RunsDecoder run : held.runs()) {
                assertEquals(List.of(at, 2 * at, words[5] & 0xFFFF_FFFFL, (long) at),
                    List.of(run.shard(), run.slab(), run.firstExtent(), run.extentCount()));
                at++;
            }
            assertEquals(runCount, at);
            assertEquals(layout.length, held.layoutLength());
            return;
        }
        GangOpenEncoder message = proxy.openBegin(session, handoff, reservation, words[6]);
        message.tokens(6).growthTokens(7).haveTokens(8).token().high(seed).low(-seed);
        GangOpenEncoder.PartsEncoder parts = message.partsCount(partCount);
        for (int i = 0; i < partCount; i++) {
            parts.next().part(i).incarnation(seed + i).sourceShard(GangProxy.ALL_SHARDS - i);
        }
        message.runsCount(0);
        message.putLayout(layout, 0, layout.length);
        proxy.openEnd();
        GangOpenDecoder open = read(GangOpenDecoder.class, "onGangOpen");
        assertEquals(handoff, WireIds.handoff(open.handoff()));
        assertEquals(reservation, WireIds.reservation(open.reservation()));
        assertEquals(List.of(seed, -seed, Integer.toUnsignedLong(words[6]), 6L, 7L, 8L), List.of(open.token().high(), open.token().low(),
            open.generation(), open.tokens(), open.growthTokens(), open.haveTokens()));
        int at = 0;
        for (GangOpenDecoder.PartsDecoder part : open.parts()) {
            assertEquals(List.of(at, seed + at, GangProxy.ALL_SHARDS - at), List.of(part.part(), part.incarnation(), part.sourceShard()));
            at++;
        }
        assertEquals(partCount, at);
        assertEquals(0, open.runs().count());
        assertEquals(layout.length, open.layoutLength());
    }

    @Property(tries = 60)
    void shouldReadTheNamesOfBlocksAsTheyWereSaid(@ForAll long reservation, @ForAll @Size(max = 300) List<Long> names) {
        GangBlocksEncoder.BlockKeysEncoder keys = proxy.blocksBegin(session, reservation, names.size());
        names.forEach(name -> keys.next().key().a(name).b(-name).c(~name).d(name + 1));
        proxy.blocksEnd();
        GangBlocksDecoder blocks = read(GangBlocksDecoder.class, "onGangBlocks");
        assertEquals(reservation, blocks.reservation());
        List<Long> read = new ArrayList<>();
        for (GangBlocksDecoder.BlockKeysDecoder key : blocks.blockKeys()) {
            assertEquals(List.of(-key.key().a(), ~key.key().a(), key.key().a() + 1), List.of(key.key().b(), key.key().c(), key.key().d()));
            read.add(key.key().a());
        }
        assertEquals(names, read);
    }
}
