package dev.baton.platform;

/**
 * Whether a thing that may be absent (RDMA, CUDA, huge pages, a C compiler's work) is there, and if not, why and what
 * to do about it. Probing never throws and is cheap; everything that can be absent is asked before it is used.
 */
public sealed interface Availability {
    /** Present; {@code detail} says which one, e.g. a library's path or a device's name. */
    record Present(String detail) implements Availability {}

    /** Absent; {@code reason} says what was looked for, {@code remedy} what a person types or changes to have it. */
    record Absent(String reason, String remedy) implements Availability {}

    default boolean isPresent() {
        return this instanceof Present;
    }

    /** One line for a person. */
    default String describe() {
        return switch (this) {
            case Present present -> present.detail();
            case Absent absent -> absent.reason() + "; " + absent.remedy();
        };
    }
}
