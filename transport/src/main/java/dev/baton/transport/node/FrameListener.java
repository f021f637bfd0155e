package dev.baton.transport.node;

import org.agrona.DirectBuffer;

/** Gets what a {@link ControlMedium} took in; nothing about it was checked but that it came in one piece. */
public interface FrameListener {
    void onFrame(FrameSource source, DirectBuffer buffer, int offset, int length);

    /** Nothing more comes from there. */
    void onSourceGone(FrameSource source);

    /** A message longer than 64 KiB, or with parts missing, was thrown away. */
    void onBadFrame(FrameSource source);
}
