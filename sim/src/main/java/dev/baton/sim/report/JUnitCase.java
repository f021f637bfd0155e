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
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

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

    /** All cases of classes whose name ends so, of which it can be told what they ran with. */
    public static List<JUnitCase> read(Path report, String classSuffix) throws IOException {
        NodeList elements = parse(Files.readString(report)).getElementsByTagName("testcase");
        Map<String, String> variantByRun = new HashMap<>();
        for (int i = 0; i < elements.getLength(); i++) {
            Element element = (Element) elements.item(i);
            String told = told(element);
            if (!told.isEmpty()) {
                variantByRun.put(run(element), told);
            }
        }
        List<JUnitCase> cases = new ArrayList<>();
        for (int i = 0; i < elements.getLength(); i++) {
            Element element = (Element) elements.item(i);
            String testClass = element.getAttribute("classname").replaceFirst(".*\\.", "");
            // What was skipped printed nothing: its number is that of others of the same run.
            String variant = told(element).isEmpty() ? variantByRun.getOrDefault(run(element), "") : told(element);
            if (testClass.endsWith(classSuffix) && !variant.isEmpty()) {
                cases.add(new JUnitCase(testClass, matched(element).group(1), variant, outcome(element), detail(element)));
            }
        }
        return cases;
    }

    private static Element parse(String xml) throws IOException {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            return factory.newDocumentBuilder().parse(new InputSource(new StringReader(xml))).getDocumentElement();
        } catch (ParserConfigurationException | SAXException ex) {
            throw new IOException("no JUnit report: " + ex.getMessage(), ex);
        }
    }

    private static String told(Element element) {
        String text = textOf(element, "system-out");
        Matcher printed = PRINTED.matcher(text);
        if (printed.find()) {
            return printed.group(1);
        }
        Matcher displayed = DISPLAYED.matcher(text);
        return displayed.find() ? displayed.group(1).strip() : "";
    }

    private static String run(Element element) {
        String number = matched(element).group(2);
        return number == null ? "" : element.getAttribute("classname") + number;
    }

    private static Matcher matched(Element element) {
        Matcher name = NAME.matcher(element.getAttribute("name"));
        if (!name.matches()) {
            throw new IllegalArgumentException("no name of a test: name=" + element.getAttribute("name"));
        }
        return name;
    }

    private static Outcome outcome(Element element) {
        if (element.getElementsByTagName("failure").getLength() + element.getElementsByTagName("error").getLength() > 0) {
            return Outcome.FAILED;
        }
        return element.getElementsByTagName("skipped").getLength() > 0 ? Outcome.SKIPPED : Outcome.PASSED;
    }

    private static String detail(Element element) {
        String text = textOf(element, "skipped") + textOf(element, "failure") + textOf(element, "error");
        return text.strip().lines().findFirst().orElse("").replaceFirst("^[\\w.]+: ", "").replaceFirst("^Assumption failed: ", "");
    }

    private static String textOf(Element element, String tag) {
        StringBuilder text = new StringBuilder();
        NodeList found = element.getElementsByTagName(tag);
        for (int i = 0; i < found.getLength(); i++) {
            text.append(found.item(i).getTextContent()).append('\n');
        }
        return text.toString();
    }
}
