package dev.baton.platform;

/** One line of the doctor's page: a thing Baton can use, and whether it is there. */
public record Finding(String name, Availability availability) {
    /** For a person: {@code "ok   cuda      ..."} or {@code "--   cuda      why not; what to type"}. */
    public String describe() {
        return String.format("%-4s %-13s %s", availability.isPresent() ? "ok" : "--", name, availability.describe());
    }
}
