package io.kubescaler.system;

import static io.kubescaler.system.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Pair;
import io.kubescaler.processes.FreePorts;
import java.io.IOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The stack on a Swarm of one node, through its routing mesh. */
@Tag("swarm")
@EnabledIf(value = "io.kubescaler.system.Docker#answers", disabledReason = "No Docker engine answers.")
class SwarmIT {

    private static final String STACK = "kubescaler-it-swarm";
    private static final List<String> NEXT = List.of(STACK + "-1", STACK + "-2");
    private static final String LABEL = "label=com.docker.stack.namespace=" + STACK;
    private static final Thread REMOVE = new Thread(SwarmIT::remove);

    private static boolean ownSwarm;
    private static Map<String, String> environment;
    private static Door door;
    private static Iterator<Pair> pairs;

    @BeforeAll
    static void deploy() throws Exception {
        Runtime.getRuntime().addShutdownHook(REMOVE);
        remove();
        if (!inSwarm()) {
            ownSwarm = true;
            Docker.run(
                    "swarm",
                    "init",
                    "--advertise-addr=127.0.0.1",
                    "--listen-addr=127.0.0.1:2377",
                    "--data-path-addr=127.0.0.1",
                    "--default-addr-pool=10.201.0.0/16");
        }
        String node = Docker.run("info", "--format", "{{.Name}}");
        int port = FreePorts.next();
        environment = Map.of(
                "STACK", STACK,
                "NODE_1", node,
                "NODE_2", node,
                "NODE_3", node,
                "PORT", String.valueOf(port),
                "COMPOSE_FILE", "compose.yaml:compose.swarm.yaml:system-tests/src/test/resources/swarm.test.yaml");
        Command.run(Map.of(), List.of("docker/secrets"));
        NEXT.forEach(Docker::tagStream);
        follow("Deploy", NEXT.get(0));
        door = new Door(port);
        await().ignoreExceptions()
                .untilAsserted(
                        () -> assertThat(door.get("/main/users").statusCode()).isEqualTo(200));
        awaitReplicas("stream", 3);
        awaitReplicas("web-client", 2);
        door.fill(200, 100);
        pairs = door.pairs();
    }

    @AfterAll
    static void stop() {
        Runtime.getRuntime().removeShutdownHook(REMOVE);
        remove();
    }

    @Test
    void updatesOneInstanceAfterTheOtherWithoutLosingASessionOrLettingAStrangerIn() throws Exception {
        bringOut("Rolling", NEXT.get(0));
    }

    @Test
    void changesToAsManyOfTheNextReleaseWithoutLosingASessionOrLettingAStrangerIn() throws Exception {
        bringOut("Blue-green", NEXT.get(1));
    }

    private static void bringOut(String way, String next) throws Exception {
        List<String> before = containers("stream");
        try (Crowd crowd = new Crowd(door, pairs, 50);
                Strangers strangers = new Strangers(door, crowd.pairs())) {
            follow(way, next);

            await().untilAsserted(() -> {
                assertThat(containers("stream")).hasSize(3).doesNotContainAnyElementsOf(before);
                assertThat(containers("stream-next")).isEmpty();
            });
            List<String> after = containers("stream");
            assertThat(Docker.run("inspect", "--format", "{{.Config.Image}}", after.get(0)))
                    .isEqualTo("kubescaler/stream:" + next);
            await().untilAsserted(() -> assertThat(crowd.on(after)).hasSize(50));
            crowd.awaitMessages();
            crowd.assertKeptTheirSessions();
            assertThat(strangers.tries()).isPositive();
            assertThat(strangers.letIn()).isEmpty();
            crowd.report(way);
        }
    }

    @Test
    void givesACanarySomeOfTheNewStreamsAndTakesThemBack() throws Exception {
        follow("Canary", NEXT.get(0));
        List<String> canary = containers("stream-next");
        assertThat(canary).hasSize(1);
        try (Crowd visitors = new Crowd(door, pairs, 20)) {
            visitors.spreadOver(canary);
            assertThat(visitors.on(canary)).hasSizeLessThan(visitors.clients().size());

            follow("Back", NEXT.get(0));
            await().untilAsserted(() -> assertThat(visitors.on(canary)).isEmpty());
            visitors.awaitMessages();
            visitors.assertKeptTheirSessions();
        } finally {
            Docker.run("service", "scale", STACK + "_stream-next=0");
        }
    }

    @Test
    void rollsAReleaseBackThatDoesNotStart() throws Exception {
        try (Crowd crowd = new Crowd(door, pairs, 10)) {
            Docker.run(
                    "service",
                    "update",
                    "--detach",
                    "--env-add",
                    "KUBESCALER_STREAM_MESSAGESIZE=0B",
                    STACK + "_stream");

            awaitUpdate("rollback_completed");
            crowd.awaitMessages();
            crowd.assertNeverLeft();
        }
    }

    @Test
    void replacesACrashedInstanceAndItsClientsKeepTheirSessions() throws Exception {
        try (Crowd crowd = new Crowd(door, pairs, 12)) {
            String killed = containers("stream").get(0);
            crowd.spreadOver(List.of(killed));

            Docker.run("kill", killed);

            await().untilAsserted(() -> assertThat(crowd.on(List.of(killed))).isEmpty());
            awaitReplicas("stream", 3);
            crowd.awaitMessages();
            crowd.assertKeptTheirSessions();
            crowd.report("A stream task is killed");
        }
    }

    @Test
    void servesWithAnyOneOfTheDataGone() throws Exception {
        for (String kept : List.of("cassandra", "cassandra-3", "redis-1")) {
            try (Crowd crowd = new Crowd(door, pairs, 2)) {
                Docker.run("kill", containers(kept).get(0));

                // Reads base, and takes a lock.
                try (Crowd late = new Crowd(door, pairs, 1)) {
                    late.awaitMessages();
                }
                crowd.awaitMessages();
                crowd.assertNeverLeft();
            } finally {
                awaitReplicas(kept, 1);
            }
        }
    }

    @Test
    void showsAllInstancesOnTheSystemPage() {
        await().untilAsserted(() -> assertThat(door.instances())
                .containsExactly("base", "base", "main", "main", "stream", "stream", "stream"));
    }

    private static void follow(String goal, String next) throws IOException {
        Map<String, String> all = new HashMap<>(environment);
        all.put("NEXT", next);
        Recipe.follow("In a Swarm", goal, all);
    }

    private static void awaitUpdate(String state) {
        await().untilAsserted(() -> assertThat(
                        Docker.run("service", "inspect", "--format", "{{.UpdateStatus.State}}", STACK + "_stream"))
                .isEqualTo(state));
    }

    private static void awaitReplicas(String service, int count) {
        await().untilAsserted(() -> assertThat(Docker.run(
                        "service",
                        "ls",
                        "--filter",
                        "name=" + STACK + "_" + service,
                        "--format",
                        "{{.Name}} {{.Replicas}}"))
                .contains(STACK + "_" + service + " " + count + "/" + count));
    }

    /** The running containers of a service, by the names that their processes see. */
    private static List<String> containers(String service) {
        return Docker.run("ps", "--quiet", "--filter", "label=com.docker.swarm.service.name=" + STACK + "_" + service)
                .lines()
                .toList();
    }

    private static boolean inSwarm() {
        return Docker.run("info", "--format", "{{.Swarm.LocalNodeState}}").equals("active");
    }

    private static void remove() {
        if (inSwarm()) {
            Docker.run("stack", "rm", STACK);
            await().untilAsserted(() -> assertThat(Docker.run("ps", "--all", "--quiet", "--filter", LABEL))
                    .isEmpty());
            Docker.run("volume", "ls", "--quiet", "--filter", LABEL)
                    .lines()
                    .forEach(volume -> Docker.run("volume", "rm", volume));
        }
        if (ownSwarm) {
            Docker.run("swarm", "leave", "--force");
            ownSwarm = false;
        }
        NEXT.forEach(Docker::untagStream);
    }
}
