// The profiles that everybody has. Names of columns as the platforms' templates and exports have them, and where
// that was seen:
//
//   google-ads     support.google.com/google-ads/answer/7014069 (clicks; leads: "enhanced conversions for leads");
//                  headers as public exporters in Spanish, Italian, Portuguese and Dutch shops write them: they are
//                  English there too. "ID de clic de Google" is Google's own Spanish for the click's id,
//                  "Google-Klick-ID" its German.
//   microsoft-ads  learn.microsoft.com/advertising/bulk-service/offline-conversion, and the template behind
//                  aka.ms/dk8o1y as public exporters write it: "Microsoft Click ID", also "… Id".
//   hubspot        exports of contacts and deals in public repositories: "Record ID" first; HubSpot shows times in
//                  the zone of whoever looks (developers.hubspot.com, "How should timestamps be formatted").
//   salesforce     labels of the standard fields in reports of leads, contacts and opportunities; Close Date is a
//                  day without a time.
//
// No export in another language was found whose header is public: such a file needs a profile of its own
// (like = "hubspot", and its columns).
#include "setclickd/csv/profiles.hpp"

namespace setclick::csv {
namespace {

profile setclickd() {
    profile p;
    p.name = "setclickd";
    p.about =
        "Columns that are called as the fields of an event: click_time, event_id, utm_source, "
        "settings.plan.";
    p.needs = {"click_time"};
    p.click_time_is = time_meaning::click;
    p.own_names = true;
    return p;
}

profile google_ads() {
    profile p;
    p.name = "google-ads";
    p.about = "Google Ads' templates for conversions from clicks and for leads.";
    p.columns = {
        {"event_id", {"Order ID", "Transaction ID"}},
        {"click_time", {"Conversion Time", "Conversion Date Time"}},
        {"url_parameters.gclid",
         {"Google Click ID", "GCLID", "ID de clic de Google", "Google-Klick-ID"}},
        {"url_parameters.gbraid", {"GBRAID"}},
        {"url_parameters.wbraid", {"WBRAID"}},
        {"settings.email", {"Email", "Email Address"}},
        {"settings.phone", {"Phone Number", "Phone"}},
        {"lead.label", {"Conversion Name"}},
        {"lead.amount", {"Conversion Value"}},
        {"lead.currency", {"Conversion Currency", "Currency Code", "Conversion Currency Code"}},
    };
    p.ignore = {"Ad User Data",
                "Ad Personalization",
                "Ad User Data Consent",
                "Ad Personalization Consent",
                "Attribution Model",
                "Attributed Credit",
                "First Name",
                "Last Name",
                "Country",
                "Zip",
                "Country Code",
                "Postal Code"};
    p.needs = {"click_time", "label"};
    p.one_of = {"url_parameters.gclid", "url_parameters.gbraid", "url_parameters.wbraid", "email",
                "settings.phone"};
    p.unless = {"Microsoft Click ID"};
    p.tidy_emails = true;  // as Google's page on hashing has it
    return p;
}

profile microsoft_ads() {
    profile p;
    p.name = "microsoft-ads";
    p.about = "Microsoft Advertising's template for offline conversions.";
    p.columns = {
        {"event_id", {"Order ID", "Transaction ID"}},
        {"click_time", {"Conversion Time"}},
        {"url_parameters.msclkid", {"Microsoft Click ID", "MSCLKID"}},
        {"settings.email_sha256", {"Hashed Email Address"}},
        {"settings.phone_sha256", {"Hashed Phone Number"}},
        {"lead.label", {"Conversion Name"}},
        {"lead.amount", {"Conversion Value"}},
        {"lead.currency", {"Conversion Currency", "Conversion Currency Code"}},
    };
    p.ignore = {"External Attribution Credit", "External Attribution Model"};
    p.needs = {"click_time", "url_parameters.msclkid"};
    p.one_of = {"url_parameters.msclkid", "settings.email_sha256", "settings.phone_sha256"};
    return p;
}

profile hubspot() {
    profile p;
    p.name = "hubspot";
    p.about = "HubSpot's exports of deals and contacts.";
    p.columns = {
        {"event_id", {"Record ID", "Deal ID", "Contact ID"}},
        {"click_time", {"Close Date", "Create Date"}},
        {"settings.email", {"Email", "Correo electrónico"}},
        {"settings.phone", {"Phone Number", "Mobile Phone Number"}},
        {"lead.amount", {"Amount"}},
        {"lead.currency", {"Currency"}},
        {"url_parameters.gclid", {"Google ad click id", "GCLID"}},
    };
    p.needs = {"event_id", "click_time"};
    p.unless = {"click_time"};
    p.extra = extra_columns::ignore;
    p.click_time_is = time_meaning::record;
    return p;
}

profile salesforce() {
    profile p;
    p.name = "salesforce";
    p.about = "Salesforce's reports of leads, contacts and opportunities, exported as details.";
    p.columns = {
        {"event_id",
         {"Opportunity ID", "Lead ID", "Contact ID", "Case Safe ID", "Opportunity: Opportunity ID",
          "Lead: Lead ID"}},
        {"click_time", {"Close Date", "Created Date", "Create Date", "Converted Date"}},
        {"settings.email", {"Email"}},
        {"settings.phone", {"Phone", "Mobile"}},
        {"lead.amount", {"Amount"}},
        {"lead.currency", {"Amount Currency", "Opportunity Currency"}},
        {"url_parameters.gclid", {"GCLID"}},
    };
    p.needs = {"click_time"};
    p.one_of = {"event_id", "email"};
    p.unless = {"click_time", "Record ID", "Conversion Time"};
    p.time_of_day = "12:00";
    p.extra = extra_columns::ignore;
    p.click_time_is = time_meaning::record;
    return p;
}

}  // namespace

std::span<profile const> built_in_profiles() {
    static std::vector<profile> const all{setclickd(), google_ads(), microsoft_ads(), hubspot(),
                                          salesforce()};
    return all;
}

}  // namespace setclick::csv
