package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.access.AccessMode;
import io.kubescaler.processes.FreePorts;
import io.kubescaler.processes.ServiceProcess;
import io.kubescaler.processes.Services;
import io.kubescaler.processes.Services.Kind;
import io.kubescaler.processes.Services.Service;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.json.JsonMapper;

/** Local as a user starts it, by {@code ./run}, on free ports and with a data folder of its own. */
final class RunningLocal implements AutoCloseable {

    /** For all its parts, one after the other, on a machine that others use too. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    static final Path ROOT = Path.of(System.getProperty("kubescaler.root"));

    private final LocalSettings settings;
    private final List<String> command;
    private final ServiceProcess process;

    private RunningLocal(LocalSettings settings, List<String> environment) {
        this.settings = settings;
        this.command = command(settings, environment);
        this.process = new ServiceProcess("local", command, gateway("/"), console(data()), PATIENCE);
    }

    /** Not started yet, and with nothing in its data folder. */
    static RunningLocal create(String name) throws IOException {
        return create(name, AccessMode.OPEN);
    }

    /** @param environment more of it: {@code NAME=value} */
    static RunningLocal create(String name, AccessMode access, String... environment) throws IOException {
        Path data = ROOT.resolve("local/target/it").resolve(name);
        FileSystemUtils.deleteRecursively(data);
        return new RunningLocal(new LocalSettings(data, access, freePorts()), List.of(environment));
    }

    /** Another one, not started yet, on other ports but with the same data folder. */
    RunningLocal sibling() {
        return new RunningLocal(new LocalSettings(data(), settings.access(), freePorts()), List.of());
    }

    private static Ports freePorts() {
        return new Ports(
                FreePorts.next(),
                FreePorts.next(),
                FreePorts.next(),
                FreePorts.next(),
                FreePorts.next(),
                FreePorts.next(),
                List.of(FreePorts.next(), FreePorts.next()),
                List.of(FreePorts.next(), FreePorts.next()),
                FreePorts.next(),
                FreePorts.next(),
                List.of(FreePorts.next(), FreePorts.next(), FreePorts.next()),
                FreePorts.next());
    }

    private static List<String> command(LocalSettings settings, List<String> environment) {
        // Shorter than by default: less to wait for, and still longer than any pause of a busy machine.
        List<String> command = new ArrayList<>(List.of(
                "env", "KUBESCALER_LOCK_TTL=20s", "KUBESCALER_LOCK_REFRESHEVERY=5s", "KUBESCALER_REDIS_TIMEOUT=2s"));
        command.addAll(environment);
        command.add(ROOT.resolve("run").toString());
        settings.asOptions().lines().map(String::strip).forEach(command::add);
        return command;
    }

    String[] command() {
        return command.toArray(String[]::new);
    }

    void start() {
        process.start();
    }

    /** What it has printed, in all of its runs. */
    String printed() throws IOException {
        return Files.readString(console(data()));
    }

    /** What a part has logged, each byte as one character. */
    String logged(String part) throws IOException {
        return Files.readString(data().resolve("logs").resolve(part + ".log"), StandardCharsets.ISO_8859_1);
    }

    private static Path console(Path data) {
        return data.resolveSibling(data.getFileName() + ".out");
    }

    Path data() {
        return settings.data();
    }

    Ports ports() {
        return settings.ports();
    }

    URI gateway(String path) {
        return at(ports().gateway(), path);
    }

    URI secureGateway(String path) {
        return URI.create("https://127.0.0.1:" + ports().gatewaySecure() + path);
    }

    URI base(String path) {
        return at(ports().base(), path);
    }

    /** Creates something at base, and returns its id. */
    String create(String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(base(path))
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(201);
        return new JsonMapper().readTree(answer.body()).path("id").asString();
    }

    /** An instance without the gateway, counted from 0. */
    URI stream(int instance, String path) {
        return at(ports().streams().get(instance), path);
    }

    URI streamManagement(int instance, String path) {
        return at(ports().streamsManagement().get(instance), path);
    }

    private static URI at(int port, String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /** One more stream-service, which takes messages for profiles; by default it makes them. */
    Service publishing() {
        List<String> settings = new ArrayList<>(Services.on(
                base(""), ports().redis().stream().map(RunningLocal::redisAt).toList()));
        settings.add("--kubescaler.stream.source=redis");
        settings.add("--kubescaler.stream.messages.redis=" + redisAt(ports().redisMessages()));
        return Services.ofTests()
                .create("publishing", Kind.STREAM, List.of(), settings)
                .start();
    }

    private static URI redisAt(int port) {
        return URI.create("redis://127.0.0.1:" + port);
    }

    /** The service that listens there, killed without warning. */
    void killService(int port) {
        ProcessHandle service = service(port);
        service.destroyForcibly();
        service.onExit().join();
    }

    /** Sends SIGTERM to the service that listens on this port. */
    void endService(int port) {
        service(port).destroy();
    }

    /** Until {@link #goOn}: the service that listens there answers nothing, but its connections stay. */
    void suspendService(int port) throws IOException, InterruptedException {
        signal("STOP", service(port));
    }

    /** Until {@link #goOn}: most of the Redis masters answer nothing, and perhaps the Redis of messages. */
    void suspendMostOfRedis() throws IOException, InterruptedException {
        // Three of four processes, which all look alike: at least two of the three masters.
        List<ProcessHandle> all = redis().toList();
        for (ProcessHandle one : all.subList(0, all.size() / 2 + 1)) {
            signal("STOP", one);
        }
    }

    /** Whatever is suspended answers again. */
    void goOn() throws IOException, InterruptedException {
        for (ProcessHandle child : children().toList()) {
            signal("CONT", child);
        }
    }

    private Stream<ProcessHandle> redis() {
        return children().filter(child -> child.info().command().orElse("").contains("redis-server"));
    }

    private static void signal(String name, ProcessHandle process) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid()).start();
        if (kill.waitFor() != 0) {
            throw new IOException("Process " + process.pid() + " did not get the signal " + name + ".");
        }
    }

    private ProcessHandle service(int port) {
        return children()
                .filter(child -> Stream.of(child.info().arguments().orElse(new String[0]))
                        .anyMatch(("--server.port=" + port)::equals))
                .findFirst()
                .orElseThrow();
    }

    Stream<ProcessHandle> children() {
        return ProcessHandle.of(process.pid()).orElseThrow().descendants();
    }

    /** Ends it as {@code kill -9} does. */
    void kill() {
        process.kill();
    }

    /** Ends it as Ctrl+C and {@code kill} do. */
    void terminate() {
        process.close();
    }

    @Override
    public void close() {
        terminate();
    }
}
