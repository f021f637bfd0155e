package dev.baton.sim.report;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * One case of a test class that runs once for each of several variants, as a JUnit report in XML tells of it: Surefire's, or
 * that of JUnit's own launcher.
 *
 * @param testClass simple name
 * @param method    without parentheses
 * @param variant   what the class ran with, such as a scheme
 * @param detail    why it was skipped or failed; empty where it passed
 */
public record JUnitCase(String testClass, String method, String variant, Outcome outcome, String detail) {
    public enum Outcome { PASSED, SKIPPED, FAILED }

    private static final Pattern NAME = Pattern.compile("(\\w+)(?:\\(\\))?(?:\\[(\\d+)])?.*");
    private static final Pattern DISPLAYED = Pattern.compile("display-name: [^>]* > [^>]* > ([^>\\n]+) > ");
    private static final Pattern PRINTED = Pattern.compile("scheme=(.+?) seed=");

    /** A {@code testcase} as it stands there. */
    private static final class Element {
        private final String className;
        private final Matcher name;
        private final StringBuilder printed = new StringBuilder();
        private final StringBuilder reason = new StringBuilder();
        private Outcome outcome = Outcome.PASSED;

        Element(String className, String name) {
            this.className = className;
            this.name = NAME.matcher(name);
            if (!this.name.matches()) {
                throw new IllegalArgumentException("no name of a test: name=" + name);
            }
        }

        String variant() {
            Matcher scheme = PRINTED.matcher(printed);
            if (scheme.find()) {
                return scheme.group(1);
            }
            Matcher displayed = DISPLAYED.matcher(printed);
            return displayed.find() ? displayed.group(1).strip() : "";
        }

        /** Names the run of the class that it was part of; empty where it says none. */
        String run() {
            return name.group(2) == null ? "" : className + name.group(2);
        }

        String detail() {
            return reason.toString().strip().lines().findFirst().orElse("").replaceFirst("^[\\w.]+: ", "")
                .replaceFirst("^Assumption failed: ", "");
        }
    }

    /** All cases of classes whose name ends so, of which it can be told what they ran with. */
    public static List<JUnitCase> read(Path report, String classSuffix) throws IOException {
        List<Element> elements = parse(Files.readString(report));
        Map<String, String> variantByRun = new HashMap<>();
        for (Element element : elements) {
            if (!element.variant().isEmpty()) {
                variantByRun.put(element.run(), element.variant());
            }
        }
        List<JUnitCase> cases = new ArrayList<>();
        for (Element element : elements) {
            // What was skipped printed nothing: its number is that of others of the same run.
            String variant = element.variant().isEmpty() ? variantByRun.getOrDefault(element.run(), "") : element.variant();
            String testClass = element.className.replaceFirst(".*\\.", "");
            if (testClass.endsWith(classSuffix) && !variant.isEmpty()) {
                cases.add(new JUnitCase(testClass, element.name.group(1), variant, element.outcome, element.detail()));
            }
        }
        return cases;
    }

    private static List<Element> parse(String xml) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        List<Element> elements = new ArrayList<>();
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(xml));
            StringBuilder text = null;
            while (reader.hasNext()) {
                switch (reader.next()) {
                    case XMLStreamReader.START_ELEMENT -> text = begin(reader, elements, text);
                    case XMLStreamReader.END_ELEMENT -> text = null;
                    case XMLStreamReader.CHARACTERS, XMLStreamReader.CDATA -> {
                        if (text != null) {
                            text.append(reader.getText());
                        }
                    }
                    default -> { }
                }
            }
        } catch (XMLStreamException ex) {
            throw new IOException("no JUnit report: " + ex.getMessage(), ex);
        }
        return elements;
    }

    /** Where the text of the element goes that begins here; null where it is of no use. */
    private static StringBuilder begin(XMLStreamReader reader, List<Element> elements, StringBuilder before) {
        String tag = reader.getLocalName();
        if (tag.equals("testcase")) {
            elements.add(new Element(reader.getAttributeValue(null, "classname"), reader.getAttributeValue(null, "name")));
            return null;
        }
        if (elements.isEmpty()) {
            return null;
        }
        Element element = elements.getLast();
        return switch (tag) {
            case "system-out" -> element.printed;
            case "skipped", "failure", "error" -> {
                element.outcome = tag.equals("skipped") ? Outcome.SKIPPED : Outcome.FAILED;
                yield element.reason;
            }
            default -> before;
        };
    }
}
