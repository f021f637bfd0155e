package dev.baton.transport.node;

import org.agrona.DirectBuffer;

/** Gets what a {@link ControlMedium} took in; nothing about it was checked but that it came in one piece. */
public interface FrameListener {
    void onFrame(FrameSource source, DirectBuffer buffer, int offset, int length);

    /** Nothing more comes from there. */
    void onSourceGone(FrameSource source);

    /** No session came of it in time, or there were too many such: nothing more is taken from there. */
    void onStrangerClosed(FrameSource source);

    /** A message longer than 64 KiB, or with parts missing, was thrown away. */
    void onBadFrame(FrameSource source);
}
