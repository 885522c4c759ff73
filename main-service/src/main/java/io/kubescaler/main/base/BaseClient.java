package io.kubescaler.main.base;

import io.kubescaler.api.Page;
import io.kubescaler.api.Profile;
import io.kubescaler.api.User;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * The calls of the base service that main needs; all of them are idempotent.
 *
 * <p>A failed call throws a {@link feign.FeignException}: a {@link feign.FeignException.FeignClientException} if base
 * rejected the request; another if base did not answer, answered too late, or returned something unexpected.
 * Controllers do not catch them: {@link BaseFailureAdvice} renders each as a problem.
 */
@FeignClient(name = "base", url = "${kubescaler.base.url}", configuration = BaseClientConfiguration.class)
public interface BaseClient {

    @GetMapping("/users")
    Page<User> users(@RequestParam int limit, @RequestParam @Nullable String page);

    @PutMapping("/users/{id}")
    void putUser(@PathVariable UUID id);

    @DeleteMapping("/users/{id}")
    void deleteUser(@PathVariable UUID id);

    @GetMapping("/users/{id}/profiles")
    Page<Profile> profilesOf(@PathVariable UUID id, @RequestParam int limit, @RequestParam @Nullable String page);

    @GetMapping("/profiles")
    Page<Profile> profiles(@RequestParam int limit, @RequestParam @Nullable String page);

    @PutMapping("/profiles/{id}")
    void putProfile(@PathVariable UUID id, @RequestBody ProfileUsers users);

    @DeleteMapping("/profiles/{id}")
    void deleteProfile(@PathVariable UUID id);
}
