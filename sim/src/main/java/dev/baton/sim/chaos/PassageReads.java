package dev.baton.sim.chaos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

import dev.baton.kv.BlockKey;
import dev.baton.kv.KvPattern;
import dev.baton.kv.PatternSeed;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.core.PassageAsk;
import dev.baton.receiver.core.PassageBlocks;
import dev.baton.receiver.core.ReadyBlocks;
import dev.baton.sim.time.Chance;

/**
 * What one decode engine names as passages and finds again, over all lives of its node: each asking is answered once, while that engine is there; what
 * it is given are blocks that were named so, of its tenant (S12, S18), and they stay as they are until it releases them (S2).
 */
final class PassageReads {
    /** Passages of one beginning: at different places of its prompts, so that many blocks may have one name. */
    private static final int PASSAGES_OF_BEGINNING = 2;
    /** No prompt's block has a name that begins so. */
    private static final long PASSAGE = 1L << 40;

    private record Name(long tenant, BlockKey key) {}

    /** A block of a prompt that was named as a passage's. */
    private record Place(List<BlockKey> prompt, int block) {}

    private record Reading(PassageBlocks blocks, long releaseNs) {}

    private final ReceiverMember member;
    private final Chance chance;
    private final Map<Name, List<Place>> named = new HashMap<>();
    private final List<PassageAsk> asks = new ArrayList<>();
    /** By the names that were asked with: those of one asking are an object of their own. */
    private final IdentityHashMap<List<BlockKey>, Long> naming = new IdentityHashMap<>();
    private final IdentityHashMap<List<BlockKey>, Long> finding = new IdentityHashMap<>();
    private final List<Reading> readings = new ArrayList<>();
    /** Asked by engines before this one: an answer may come yet. */
    private final IdentityHashMap<List<BlockKey>, Long> lost = new IdentityHashMap<>();

    PassageReads(ReceiverMember member) {
        this.member = member;
        this.chance = Chance.of(member.cluster.plan().seed, "passages" + member.node);
    }

    /** Its engine has a request, and asks about what it has read before. */
    void onReady(DecodeReceiver receiver, Attempt attempt) {
        List<BlockKey> keys = attempt.request.keys();
        if (!keys.isEmpty() && chance.below(2) == 0) {
            name(receiver, attempt, keys);
        }
        if (!asks.isEmpty() && chance.below(2) == 0) {
            PassageAsk of = asks.get(chance.below(asks.size()));
            find(receiver, of.tenant() + (chance.below(8) == 0 ? 1 : 0), of.passage());
        }
    }

    private void name(DecodeReceiver receiver, Attempt attempt, List<BlockKey> keys) {
        int first = chance.below(keys.size());
        int count = 1 + chance.below(keys.size() - first);
        int passage = chance.below(PASSAGES_OF_BEGINNING);
        List<BlockKey> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(new BlockKey(PASSAGE, i, passage, keys.get(first).fourth()));
            named.computeIfAbsent(new Name(attempt.request.tenant(), names.get(i)), _ -> new ArrayList<>()).add(new Place(keys, first + i));
        }
        PassageAsk ask = new PassageAsk(attempt.request.tenant(), keys, first, names);
        asks.add(ask);
        naming.put(ask.passage(), ask.tenant());
        member.cluster.note(member.name(), () -> "names blocks from " + first + " on of " + attempt + ": tenant=" + ask.tenant() + " passage=" + names);
        receiver.namePassage(ask);
    }

    private void find(DecodeReceiver receiver, long tenant, List<BlockKey> passage) {
        List<BlockKey> own = List.copyOf(new ArrayList<>(passage));
        finding.put(own, tenant);
        member.cluster.note(member.name(), () -> "looks for a passage: tenant=" + tenant + " of " + own.getFirst());
        receiver.findPassage(tenant, own);
    }

    void onNamed(PassageAsk ask, int blockCount) {
        if ((naming.remove(ask.passage()) == null && lost.remove(ask.passage()) == null) || blockCount < 0 || blockCount > ask.passage().size()) {
            throw new Violation("S9", "a passage is named twice, or with what was not asked for: blocks=" + blockCount);
        }
        member.cluster.oracle().seen(member.node, blockCount == 0 ? "passage-named-none" : "passage-named", blockCount);
    }

    /** Answers to an engine before this one may be told to it, too: there is nothing in them for it. */
    void onFound(PassageBlocks blocks) {
        boolean isAsked = finding.remove(blocks.passage()) != null;
        boolean wasAsked = lost.remove(blocks.passage()) != null;
        member.cluster.oracle().seen(member.node, blocks.count() == 0 ? "passage-none" : "passage-found", blocks.count());
        member.cluster.note(member.name(), () -> "a passage has blocks=" + blocks.count() + " isAsked=" + isAsked);
        if (!isAsked && !wasAsked) {
            throw new Violation("S9", "a passage is found twice: blocks=" + blocks.count());
        }
        if (blocks.count() == 0 || wasAsked) {
            return;
        }
        if (blocks.count() > blocks.passage().size()) {
            throw new Violation("S9", "more of a passage is found than was asked for: blocks=" + blocks.count());
        }
        compare(blocks, "find");
        readings.add(new Reading(blocks, member.agenda.nowNs() + member.readTimeNs(chance)));
    }

    /** Releases what was read for long enough; the time of the next. */
    long cycle(DecodeReceiver receiver, long nowNs) {
        long nextNs = Long.MAX_VALUE;
        for (int i = 0; i < readings.size(); i++) {
            Reading reading = readings.get(i);
            if (reading.releaseNs <= nowNs) {
                readings.remove(i--);
                compare(reading.blocks, "release");
                receiver.releasePassage(reading.blocks);
                member.worked = true;
            } else {
                nextNs = Math.min(nextNs, reading.releaseNs);
            }
        }
        return nextNs;
    }

    /** Asked and not answered, or being read. */
    int count() {
        return naming.size() + finding.size() + readings.size();
    }

    /** Whoever asked is gone. */
    void clear() {
        lost.putAll(naming);
        lost.putAll(finding);
        naming.clear();
        finding.clear();
        readings.clear();
    }

    private void compare(PassageBlocks found, String when) {
        int index = -1;
        int before = -1;
        for (ReadyBlocks span : found.blocks()) {
            for (int cell = span.firstCell(); cell < span.endCell(); cell++) {
                int block = span.map().block(cell);
                index += block == before && cell > span.firstCell() ? 0 : 1;
                before = block;
                if (index >= found.count() || found.promptBlock(index) != block) {
                    throw new Violation("S12", "a passage's block is said to be another: index=" + index + " block=" + block);
                }
                requireNamed(found, index, span, cell, when);
            }
        }
        if (index + 1 != found.count()) {
            throw new Violation("S6", "a passage lies here in part: blocks=" + (index + 1) + " of " + found.count());
        }
    }

    private void requireNamed(PassageBlocks found, int index, ReadyBlocks span, int cell, String when) {
        Name name = new Name(found.tenant(), found.passage().get(index));
        if (isOneOf(named.getOrDefault(name, List.of()), found.tenant(), span, cell)) {
            return;
        }
        boolean isOthers = named.entrySet().stream().anyMatch(other -> other.getKey().key().equals(name.key())
            && isOneOf(other.getValue(), other.getKey().tenant(), span, cell));
        throw new Violation("release".equals(when) ? "S2" : isOthers ? "S18" : "S12", "a passage has wrong bytes at " + when + ": index=" + index +
            " promptBlock=" + found.promptBlock(index) + " tenant=" + found.tenant() + " " + KvPattern.describe(span.map(), cell, 0));
    }

    private boolean isOneOf(List<Place> places, long tenant, ReadyBlocks span, int cell) {
        for (Place place : places) {
            long seed = PatternSeed.ofBlock(member.cluster.plan().seed + tenant, place.prompt, place.block, 0);
            if (place.block == span.map().block(cell) && mismatches(span, cell, seed) == 0) {
                return true;
            }
        }
        return false;
    }

    private static long mismatches(ReadyBlocks span, int cell, long seed) {
        long lengthBytes = span.isHere(cell) ? span.map().lengthBytes(cell) : 0;
        long wrong = 0;
        for (long from = 0; from < lengthBytes;) {
            long piece = span.contiguousBytes(cell, from);
            wrong += KvPattern.mismatches(span.address(cell, from), span.map(), cell, from, piece, seed);
            from += piece;
        }
        return wrong;
    }
}
