package dev.baton.buffer.codec;

import dev.baton.platform.Require;
import java.util.ArrayList;
import java.util.List;

/**
 * Which codec a tier, or the wire, uses for which layer group. Immutable; safe to share. As text, the first that fits
 * holds, and where none does it is {@code none}:
 * <pre>
 *   disk=lossless,remote.window=none,remote=cachegen:bin=0.1;group=10
 *   TIER[.GROUP]=CODEC[:KEY=VALUE[;KEY=VALUE]]
 * </pre>
 */
public final class CodecPlan {
    /** Nothing is encoded anywhere. */
    public static final CodecPlan OFF = new CodecPlan(List.of());

    private static final CodecSpec NONE = CodecSpec.parse("none");

    private final List<Choice> choices;

    /** @param group a layer group's name, or empty for all of them */
    private record Choice(String tier, String group, CodecSpec codec) {
        boolean isFor(String wantedTier, String wantedGroup) {
            return tier.equals(wantedTier) && (group.isEmpty() || group.equals(wantedGroup));
        }
    }

    private CodecPlan(List<Choice> choices) {
        this.choices = List.copyOf(choices);
    }

    /**
     * Reads a plan; empty text is {@link #OFF}.
     * @throws IllegalArgumentException naming the choice that has another form, that no request would ever reach, or
     *                                  whose codec the registry does not know
     */
    public static CodecPlan parse(String text, CodecRegistry registry) {
        List<Choice> choices = new ArrayList<>();
        for (String part : text.isBlank() ? new String[0] : text.split(",", -1)) {
            String[] sides = part.strip().split("=", 2);
            Require.that(sides.length == 2, "codec choice", part, "TIER=CODEC or TIER.GROUP=CODEC");
            String[] names = sides[0].strip().split("\\.", 2);
            String group = names.length == 2 ? names[1] : "";
            Require.that(!names[0].isBlank() && (names.length == 1 || !group.isBlank()), "codec choice", part,
                "TIER=CODEC or TIER.GROUP=CODEC");
            Require.that(choices.stream().noneMatch(each -> each.isFor(names[0], group)), "codec choice", part,
                "before the one that covers it");
            CodecSpec codec = CodecSpec.parse(sides[1]);
            registry.ofName(codec.name());
            choices.add(new Choice(names[0], group, codec));
        }
        return new CodecPlan(choices);
    }

    public CodecSpec codec(String tier, String group) {
        for (Choice choice : choices) {
            if (choice.isFor(tier, group)) {
                return choice.codec();
            }
        }
        return NONE;
    }
}
