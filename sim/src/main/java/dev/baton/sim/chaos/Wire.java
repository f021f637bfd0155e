package dev.baton.sim.chaos;

import java.nio.ByteOrder;

import org.agrona.DirectBuffer;

import dev.baton.transport.wire.AbortAckDecoder;
import dev.baton.transport.wire.AbortDecoder;
import dev.baton.transport.wire.AddressesDecoder;
import dev.baton.transport.wire.BindDecoder;
import dev.baton.transport.wire.CancelDecoder;
import dev.baton.transport.wire.ChunkDecoder;
import dev.baton.transport.wire.DrainedDecoder;
import dev.baton.transport.wire.FinDecoder;
import dev.baton.transport.wire.Frames;
import dev.baton.transport.wire.GangBlocksDecoder;
import dev.baton.transport.wire.GangEventsDecoder;
import dev.baton.transport.wire.GangHeldDecoder;
import dev.baton.transport.wire.GangOpenDecoder;
import dev.baton.transport.wire.GangOrdersDecoder;
import dev.baton.transport.wire.GoodbyeDecoder;
import dev.baton.transport.wire.GrantDecoder;
import dev.baton.transport.wire.HelloAckDecoder;
import dev.baton.transport.wire.HelloDecoder;
import dev.baton.transport.wire.HelloDoneDecoder;
import dev.baton.transport.wire.KeepAliveDecoder;
import dev.baton.transport.wire.LendDecoder;
import dev.baton.transport.wire.NackDecoder;
import dev.baton.transport.wire.NotHereDecoder;
import dev.baton.transport.wire.OutcomeDecoder;
import dev.baton.transport.wire.QueryDecoder;
import dev.baton.transport.wire.QueuedDecoder;
import dev.baton.transport.wire.ReadyDecoder;
import dev.baton.transport.wire.RejectDecoder;
import dev.baton.transport.wire.RenewAckDecoder;
import dev.baton.transport.wire.RenewDecoder;
import dev.baton.transport.wire.ReserveDecoder;
import dev.baton.transport.wire.ReturnDecoder;
import dev.baton.transport.wire.StaleDecoder;
import dev.baton.transport.wire.StatusDecoder;
import dev.baton.transport.wire.WantAckDecoder;
import dev.baton.transport.wire.WantDecoder;

/** Names control messages, for people. */
final class Wire {
    private Wire() {}

    static String describe(DirectBuffer message, int offset, int length) {
        if (length < Frames.LENGTH_MIN) {
            return "no message, lengthBytes=" + length;
        }
        int template = message.getShort(offset + 2, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        return name(template) + " session=" + Long.toHexString(
            message.getLong(offset + Frames.SESSION_OFFSET, ByteOrder.LITTLE_ENDIAN)) + " lengthBytes=" + length;
    }

    static String name(int template) {
        return switch (template) {
            case HelloDecoder.TEMPLATE_ID -> "HELLO";
            case HelloAckDecoder.TEMPLATE_ID -> "HELLO_ACK";
            case HelloDoneDecoder.TEMPLATE_ID -> "HELLO_DONE";
            case KeepAliveDecoder.TEMPLATE_ID -> "KEEP_ALIVE";
            case GoodbyeDecoder.TEMPLATE_ID -> "GOODBYE";
            case ReserveDecoder.TEMPLATE_ID -> "RESERVE";
            case GrantDecoder.TEMPLATE_ID -> "GRANT";
            case QueuedDecoder.TEMPLATE_ID -> "QUEUED";
            case RejectDecoder.TEMPLATE_ID -> "REJECT";
            case BindDecoder.TEMPLATE_ID -> "BIND";
            case AddressesDecoder.TEMPLATE_ID -> "ADDRESSES";
            case ChunkDecoder.TEMPLATE_ID -> "CHUNK";
            case FinDecoder.TEMPLATE_ID -> "FIN";
            case NackDecoder.TEMPLATE_ID -> "NACK";
            case ReadyDecoder.TEMPLATE_ID -> "READY";
            case OutcomeDecoder.TEMPLATE_ID -> "OUTCOME";
            case AbortDecoder.TEMPLATE_ID -> "ABORT";
            case AbortAckDecoder.TEMPLATE_ID -> "ABORT_ACK";
            case CancelDecoder.TEMPLATE_ID -> "CANCEL";
            case DrainedDecoder.TEMPLATE_ID -> "DRAINED";
            case RenewDecoder.TEMPLATE_ID -> "RENEW";
            case RenewAckDecoder.TEMPLATE_ID -> "RENEW_ACK";
            case QueryDecoder.TEMPLATE_ID -> "QUERY";
            case StatusDecoder.TEMPLATE_ID -> "STATUS";
            case StaleDecoder.TEMPLATE_ID -> "STALE";
            case WantDecoder.TEMPLATE_ID -> "WANT";
            case WantAckDecoder.TEMPLATE_ID -> "WANT_ACK";
            case NotHereDecoder.TEMPLATE_ID -> "NOT_HERE";
            case LendDecoder.TEMPLATE_ID -> "LEND";
            case ReturnDecoder.TEMPLATE_ID -> "RETURN";
            case GangOpenDecoder.TEMPLATE_ID -> "GANG_OPEN";
            case GangOrdersDecoder.TEMPLATE_ID -> "GANG_ORDERS";
            case GangEventsDecoder.TEMPLATE_ID -> "GANG_EVENTS";
            case GangBlocksDecoder.TEMPLATE_ID -> "GANG_BLOCKS";
            case GangHeldDecoder.TEMPLATE_ID -> "GANG_HELD";
            default -> "template " + template;
        };
    }
}
