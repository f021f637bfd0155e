package dev.baton.transport.tcp;

import dev.baton.memory.Copier;
import dev.baton.memory.RunCodec;
import dev.baton.memory.SocketVector;
import dev.baton.transport.LandingListener;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;
import dev.baton.transport.WireMaxima;
import dev.baton.transport.lane.InboundLane;
import dev.baton.transport.lane.LaneFrameAdapter;
import dev.baton.transport.lane.LaneFrameProxy;
import dev.baton.transport.lane.LaneSessions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One accepted connection. Headers are read into a buffer of one Data header's length, so that no read takes a byte of
 * what must go into an extent; then each read of bytes is admitted first, goes where they belong, and is checked at
 * once. The read that asks for a frame's last bytes asks for the next header too, behind them.
 * <pre>
 *   HEADER --data--> BYTES --all read--> HEADER        a refused frame's bytes go to scratch
 *     | mark, open: stays                              any bad frame: closed, as nobody knows where the next begins
 * </pre>
 */
final class TcpLane {
    private final SocketChannel channel;
    private final int lane;
    private final LandingListener listener;
    private final LaneSessions sessions;
    private final Copier copier;
    private final AddressWindows windows;
    private final ByteBuffer scratch;
    private final int readBytesMax;
    private final boolean isSealed;
    private final LaneFrameAdapter adapter;
    private final InboundLane state = new InboundLane();
    private final Placement placement = new Placement();
    private final LaneMark mark = new LaneMark();
    private final ByteBuffer header;
    private final UnsafeBuffer fields;
    private final long headerAddress;
    /** Null where the lane is in the clear, and until it is open. */
    private SealedFrame sealedOrNull;
    /** Null where bytes come as they are, and until the lane is open. */
    private CodedFrame codedOrNull;
    private final RunCodec.Provider codecOrNull;
    private final int prefixBytes;
    /** Null where this process cannot have one: each header then takes a read of its own. */
    private final SocketVector vectorOrNull;
    private int restBytes;
    private boolean isRefused;
    private boolean isDrained;
    /** The frame that is coming does not go straight to its place. */
    private boolean isApart;

    TcpLane(SocketChannel channel, TcpInlet inlet) {
        this.channel = channel;
        this.lane = inlet.lane();
        this.listener = inlet.listener();
        this.sessions = inlet.sessions();
        this.copier = inlet.copier();
        this.windows = inlet.windows();
        this.scratch = inlet.scratch();
        this.readBytesMax = inlet.readBytesMax();
        isSealed = sessions.isSealed();
        adapter = new LaneFrameAdapter(isSealed ? WireMaxima.SEALED_FRAME_BYTES_MAX : TcpSettings.FRAME_BYTES_LIMIT,
            isSealed);
        codecOrNull = inlet.codecOrNull();
        prefixBytes = codecOrNull == null ? 0 : CodedFrame.PREFIX_BYTES;
        header = ByteBuffer.allocateDirect(adapter.headerBytes(LaneFrameAdapter.DATA) + prefixBytes);
        fields = new UnsafeBuffer(header);
        headerAddress = fields.addressOffset();
        vectorOrNull = SocketVector.overOrNull(channel);
    }

    InboundLane state() {
        return state;
    }

    /** Lands at most about {@code byteLimit} bytes. Returns a work count; afterwards {@link #state()} may be closed. */
    int land(int byteLimit) {
        int workCount = 0;
        int budgetBytes = byteLimit;
        isDrained = false;
        try {
            while (budgetBytes > 0 && !isDrained && !state.isClosed()) {
                int readBytes = restBytes > 0 ? readBody(Math.min(budgetBytes, readBytesMax)) : readHeader();
                if (readBytes == 0) {
                    break;
                }
                if (readBytes < 0) {
                    ended();
                    return workCount + 1;
                }
                budgetBytes -= readBytes;
                workCount++;
            }
        } catch (IOException ex) {
            // A reset: to the receiver the same as an end, and told in the same way.
            ended();
            workCount++;
        }
        return workCount;
    }

    /** Closes the connection. Nothing lands after it. */
    void close() {
        state.close();
        if (codedOrNull != null) {
            codedOrNull.close();
            codedOrNull = null;
        }
        try {
            channel.close();
        } catch (IOException ex) {
            throw new UncheckedIOException("socket cannot be closed: lane=" + lane, ex);
        }
    }

    private int readHeader() throws IOException {
        int askedBytes = header.remaining();
        int readBytes = channel.read(header);
        // Less than was asked for: the socket is empty, and the selector tells when it is not. No read to learn that.
        isDrained = readBytes < askedBytes;
        takeFrames();
        return readBytes;
    }

    private void takeFrames() {
        while (!state.isClosed() && restBytes == 0 && takeFrame()) {
            // Each turn took one frame; short ones may lie behind each other in the buffer.
        }
    }

    /** Takes the frame at the start of the header buffer, if it is there whole. */
    private boolean takeFrame() {
        int haveBytes = header.position();
        int kind = adapter.kind(fields, 0, haveBytes);
        if (kind == LaneFrameAdapter.REFUSED) {
            return bad(adapter.whyRefused());
        }
        if (kind == LaneFrameAdapter.UNKNOWN || haveBytes < headerBytes(kind)) {
            return false;
        }
        if (state.isOpen() == (kind == LaneFrameAdapter.OPEN)) {
            return bad(state.isOpen() ? "opened-twice" : "not-open");
        }
        boolean isFine = kind == LaneFrameAdapter.OPEN ? onOpen() : kind == LaneFrameAdapter.MARK ? onMark() : onData();
        if (!isFine) {
            return false;
        }
        int takenBytes = headerBytes(kind);
        fields.putBytes(0, fields, takenBytes, haveBytes - takenBytes);
        header.position(haveBytes - takenBytes);
        return true;
    }

    /** With all that stands before a frame's bytes. */
    private int headerBytes(int kind) {
        return adapter.headerBytes(kind) + (kind == LaneFrameAdapter.DATA ? prefixBytes : 0);
    }

    private boolean onOpen() {
        adapter.readOpen(fields, 0);
        String whyNot = adapter.openLane() != lane ? "lane"
            : sessions.openOrWhyNot(state, adapter, fields, 0);
        if (whyNot != null) {
            return bad(whyNot);
        }
        sealedOrNull = isSealed ? new SealedFrame(header.capacity()) : null;
        codedOrNull = codecOrNull == null ? null : new CodedFrame(codecOrNull, true);
        return true;
    }

    private boolean onMark() {
        String whyNot = state.unsealOrWhyNot(fields, 0, LaneFrameProxy.MARK_BYTES, 0, 0, 0);
        if (whyNot != null) {
            listener.onBadFrame(state.sessionId(), lane, whyNot, false);
            return true;
        }
        if (!adapter.readMark(fields, 0, state.sessionId(), lane, mark)) {
            return bad(adapter.whyRefused());
        }
        listener.onMark(mark);
        return true;
    }

    private boolean onData() {
        if (!adapter.readData(fields, 0, state.sessionId(), placement)) {
            return bad(adapter.whyRefused());
        }
        restBytes = placement.lengthBytes();
        isRefused = false;
        isApart = isSealed;
        if (isSealed) {
            sealedOrNull.begin(fields);
        } else if (codedOrNull != null) {
            if (!codedOrNull.begin(fields, adapter.headerBytes(LaneFrameAdapter.DATA), restBytes)) {
                return bad("coded");
            }
            restBytes = codedOrNull.followingBytes();
            isApart = codedOrNull.isCoded();
        }
        return true;
    }

    private int readBody(int readLimit) throws IOException {
        if (isApart) {
            return readApart();
        }
        // Asked before every read, since the reservation may have ended since the last; once refused, the frame stays
        // refused.
        isRefused = isRefused || !listener.admit(placement);
        if (isRefused) {
            scratch.clear().limit(Math.min(scratch.capacity(), restBytes));
            int skippedBytes = channel.read(scratch);
            restBytes -= Math.max(0, skippedBytes);
            return skippedBytes;
        }
        long address = placement.address() + placement.doneBytes();
        int askedBytes = AddressWindows.reach(address, Math.min(restBytes, readLimit));
        int readBytes = read(address, askedBytes);
        if (readBytes <= 0) {
            return readBytes;
        }
        int landedBytes = Math.min(readBytes, askedBytes);
        placement.crc(copier.crc(address, landedBytes, placement.crc()));
        placement.doneBytes(placement.doneBytes() + landedBytes);
        restBytes -= landedBytes;
        listener.onLanded(placement, landedBytes);
        takeAhead(readBytes - landedBytes);
        return readBytes;
    }

    /** A sealed or an encoded frame lies apart until it is whole and was found right; then it lands at once, if it may. */
    private int readApart() throws IOException {
        long address = isSealed ? sealedOrNull.address() + placement.lengthBytes() - restBytes
            : codedOrNull.address() + codedOrNull.followingBytes() - restBytes;
        int askedBytes = AddressWindows.reach(address, restBytes);
        int readBytes = read(address, askedBytes);
        if (readBytes <= 0) {
            return readBytes;
        }
        int heldBytes = Math.min(readBytes, askedBytes);
        restBytes -= heldBytes;
        if (restBytes == 0) {
            landApart();
        }
        takeAhead(readBytes - heldBytes);
        return readBytes;
    }

    private void landApart() {
        int lengthBytes = placement.lengthBytes();
        String whyNot = isSealed ? sealedOrNull.openOrWhyNot(state, lengthBytes) : null;
        long address = isSealed ? sealedOrNull.address() : codedOrNull.decodeOrZero(lengthBytes);
        if (whyNot == null && address == 0) {
            whyNot = "coded";
        }
        if (whyNot != null) {
            // The bytes were of the frame or the next header would not be one: only this frame is lost.
            listener.onBadFrame(state.sessionId(), lane, whyNot, false);
        } else if (listener.admit(placement)) {
            placement.crc(copier.copyWithCrc(address, placement.address(), lengthBytes,
                placement.crc()));
            placement.doneBytes(lengthBytes);
            listener.onLanded(placement, lengthBytes);
        }
    }

    /** Reads bytes of a frame; with its last ones, what is there of the next header. */
    private int read(long address, int askedBytes) throws IOException {
        // Whole frames were taken from the header buffer before: with bytes outstanding nothing of a next one is in it.
        int aheadBytes = vectorOrNull != null && askedBytes == restBytes ? header.capacity() : 0;
        int readBytes = aheadBytes == 0 ? channel.read(windows.at(address, askedBytes))
            : vectorOrNull.receive(address, askedBytes, headerAddress, aheadBytes);
        isDrained = readBytes < askedBytes + aheadBytes;
        return readBytes;
    }

    private void takeAhead(int aheadBytes) {
        if (aheadBytes > 0 && !state.isClosed()) {
            header.position(aheadBytes);
            takeFrames();
        }
    }

    private void ended() {
        if (state.isClosed()) {
            // Closed by this side meanwhile, from within a listener's call: that is no news.
            return;
        }
        boolean wasOpen = state.isOpen();
        boolean isTruncated = restBytes > 0 || header.position() > 0;
        close();
        if (isTruncated) {
            listener.onBadFrame(state.sessionId(), lane, "truncated", true);
        }
        if (wasOpen) {
            listener.onLaneClosed(state.sessionId(), lane);
        }
    }

    private boolean bad(String reason) {
        close();
        listener.onBadFrame(state.sessionId(), lane, reason, true);
        return false;
    }
}
