package dev.baton.receiver.core;

import java.util.function.Predicate;

import org.agrona.collections.Long2LongHashMap;

import dev.baton.kv.CellMap;
import dev.baton.platform.Canary;
import dev.baton.transport.session.HandoffId;

/**
 * What the decode engine has told that it takes (PROTOCOL.md, section 6): how many more requests, how many more tokens, and how many
 * tokens of one request. What was granted and not taken counts against that, and what it takes until it tells anew. Nothing is bounded
 * before it tells, nor for the next engine. What this node fetches is no engine's. Pure; control agent's thread.
 */
public final class EngineRoom {
    /** No bound. */
    public static final long ENDLESS = Long.MAX_VALUE;
    private static final long NONE = -1;

    private final Predicate<HandoffId> isFetched;
    /** Tokens of each reservation that was granted and not taken. */
    private final Long2LongHashMap granted = new Long2LongHashMap(NONE);
    private long requestsMax = ENDLESS;
    private long tokensMax = ENDLESS;
    private long requestTokensMax = ENDLESS;
    private long grantedTokens;
    private long takenRequests;
    private long takenTokens;

    EngineRoom(Predicate<HandoffId> isFetched) {
        this.isFetched = isFetched;
    }

    /** So much it takes from now on, and what it has taken until now is in that already. */
    void told(long requests, long tokens, long requestTokens) {
        requestsMax = requests;
        tokensMax = tokens;
        requestTokensMax = requestTokens;
        takenRequests = 0;
        takenTokens = 0;
    }

    /** Whether that is less of one request than it told before. */
    boolean isLessThanTold(long requestTokens) {
        return requestTokens < requestTokensMax;
    }

    /** Another engine will have other bounds. */
    void forget() {
        told(ENDLESS, ENDLESS, ENDLESS);
    }

    /** Whether the engine takes this one, too; null asks for nothing of it. */
    boolean fits(InboundHandoff handoffOrNull) {
        if (handoffOrNull == null || (requestsMax == ENDLESS && tokensMax == ENDLESS) || isFetched.test(handoffOrNull.handoffId())) {
            return true;
        }
        return Canary.ENGINE_ROOM_IGNORED.isActive() || (requestsLeft() > 0 && tokens(handoffOrNull) <= tokensLeft());
    }

    /** Whether it never takes so many tokens at once. */
    boolean isTooLong(HandoffId id, long tokens) {
        return tokens > requestTokensMax && !isFetched.test(id);
    }

    void granted(InboundHandoff handoff) {
        if (!isFetched.test(handoff.handoffId())) {
            granted.put(handoff.reservation().id(), tokens(handoff));
            grantedTokens += tokens(handoff);
        }
    }

    /** Its one outcome. Of what was never granted nothing was counted. */
    void ended(InboundHandoff handoff, boolean isTaken) {
        long tokens = granted.remove(handoff.reservation().id());
        if (tokens == NONE) {
            return;
        }
        grantedTokens -= tokens;
        takenRequests += isTaken ? 1 : 0;
        takenTokens += isTaken ? tokens : 0;
    }

    /** How many more requests may be granted; {@link #ENDLESS} where nothing was told. */
    public long requestsLeft() {
        return requestsMax == ENDLESS ? ENDLESS : Math.max(0, requestsMax - granted.size() - takenRequests);
    }

    /** How many more tokens may be granted; {@link #ENDLESS} where nothing was told. */
    public long tokensLeft() {
        return tokensMax == ENDLESS ? ENDLESS : Math.max(0, tokensMax - grantedTokens - takenTokens);
    }

    String tooLong(long tokens) {
        return "the decode engine takes no request of more than " + requestTokensMax + " tokens: tokens=" + tokens;
    }

    /** What is told to one whose time is over. */
    String whyLate(InboundHandoff handoff) {
        return fits(handoff) ? "no memory within the deadline" : "no room in the decode engine within the deadline: tokens=" + tokens(handoff)
            + "; it takes " + requestsLeft() + " more requests, " + tokensLeft() + " more tokens";
    }

    static long tokens(InboundHandoff handoff) {
        return tokens(handoff.map());
    }

    /** Of a request in the engine's memory, those that lie here already too, and declared growth. */
    static long tokens(CellMap map) {
        return (long) map.tokens() + map.growthTokens();
    }
}
